-- languages_daily: how much was spoken in each language by day, queue, role. The language is 'unlabelled' where there
-- is none, the queue 'unknown' where none is known. share is of what is labelled, so 'unlabelled' has none.
create table if not exists languages_daily (
    call_date date not null,
    queue varchar not null,
    role varchar not null,
    language varchar not null,
    calls integer not null,
    sentences integer not null,
    untimed_sentences integer not null,
    speech_s double,
    share double,
    primary key (call_date, queue, role, language)
);
