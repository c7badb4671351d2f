-- calls: one row per call that landed, usable or not. Key call_id.
-- status: ok (both roles transcribed), partial (one role), failed (none), quarantined (never sent).
-- A pending call (landed, not read yet) lives in the working database only and is never published.
-- A call that is published while a channel is still under way is partial or failed with the reason STILL_OPEN.
create table if not exists calls (
    call_id varchar not null primary key,
    recording_id varchar,
    call_date date,
    started_at timestamptz,
    agent_id varchar,
    agent_name varchar,
    customer_id varchar,
    queue varchar,
    direction varchar,
    language varchar,
    duration_s double,
    container varchar,
    codec varchar,
    sample_rate integer,
    channels integer,
    size_bytes bigint,
    agent_channel integer,
    source_uri varchar not null,
    metadata_source varchar,
    metadata_extra json,
    status varchar not null check (status in ('pending', 'ok', 'partial', 'failed', 'quarantined')),
    status_reason varchar,
    status_message varchar,
    loaded_at timestamptz not null,
    imports json,
    metadata_remarks json,
    stale_reason varchar,
    form varchar,
    recordings integer,
    agent_channel_from varchar,
    missing_recordings varchar[],
    voices_separation double,
    voices_unsure boolean,
    voices_unsure_reason varchar,
    text_deleted_at timestamptz
);
-- A database of an earlier version lacks these columns.
alter table calls add column if not exists imports json;
alter table calls add column if not exists metadata_remarks json;
alter table calls add column if not exists stale_reason varchar;
alter table calls add column if not exists missing_recordings varchar[];
alter table calls add column if not exists form varchar;
alter table calls add column if not exists recordings integer;
alter table calls add column if not exists agent_channel_from varchar;
alter table calls add column if not exists voices_separation double;
alter table calls add column if not exists voices_unsure boolean;
alter table calls add column if not exists voices_unsure_reason varchar;
alter table calls add column if not exists text_deleted_at timestamptz;
