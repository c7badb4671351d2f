-- sentences: one row per sentence, in the service's own words and times (ms from the start of the call). segment is the
-- number of its recording, where a call has several.
-- begin_ms, end_ms, language, emotion and confidence are null where the model gives none.
create table if not exists sentences (
    call_id varchar not null,
    channel_id integer not null,
    sentence_id integer not null,
    call_date date,
    role varchar not null check (role in ('agent', 'customer', 'other', 'mixed')),
    begin_ms integer,
    end_ms integer,
    text varchar not null,
    language varchar,
    emotion varchar,
    words struct(begin_ms integer, end_ms integer, "text" varchar, punctuation varchar, confidence double)[],
    segment integer,
    confidence double,
    language_source varchar check (language_source in ('engine', 'text', 'metadata')),
    primary key (call_id, channel_id, sentence_id)
);
