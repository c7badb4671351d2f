-- transcripts: one row per transcribed channel. language and emotion are those with the most speech time (with the most
-- sentences where the model gives no times; speech_s is null then).
create table if not exists transcripts (
    call_id varchar not null,
    channel_id integer not null,
    call_date date,
    role varchar not null check (role in ('agent', 'customer', 'other', 'mixed')),
    text varchar not null,
    language varchar,
    emotion varchar,
    sentence_count integer not null,
    speech_s double,
    model varchar not null,
    engine varchar not null,
    recording_id varchar not null,
    loaded_at timestamptz not null,
    primary key (call_id, channel_id)
);
