-- languages_daily: how much was spoken in each language by day, queue and role. Sentences without one are 'unlabelled',
-- calls without a queue are under 'unknown'. share is that of labelled speech, so 'unlabelled' has none.
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
    engine varchar,
    primary key (call_date, queue, role, language)
);
-- A database of an earlier version lacks this column, which views and macros name.
alter table languages_daily add column if not exists engine varchar;
