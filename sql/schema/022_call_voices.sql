-- call_voices: who of two voices speaks when, in calls that have both parties on one channel and whose voices were told
-- apart by their sound. Key call_id. segments are speech, in ms; voice is 0 or 1, agent_voice the agent's.
create table if not exists call_voices (
    call_id varchar not null primary key,
    call_date date,
    recording_id varchar not null,
    voices integer not null check (voices between 0 and 2),
    separation double,
    unsure_reason varchar,
    agent_voice integer,
    agent_by varchar,
    segments struct(begin_ms integer, end_ms integer, voice integer)[] not null,
    definition_version varchar not null,
    loaded_at timestamptz not null
);
