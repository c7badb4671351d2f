-- languages: how much of a channel was spoken in each language; share adds up to 1 over a channel's languages.
-- speech_s is null where the model gives no times; share then counts sentences.
create table if not exists languages (
    call_id varchar not null,
    channel_id integer not null,
    language varchar not null,
    call_date date,
    role varchar not null,
    sentence_count integer not null,
    speech_s double,
    share double not null,
    primary key (call_id, channel_id, language)
);
