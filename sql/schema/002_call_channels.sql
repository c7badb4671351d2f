-- call_channels: where the sound of each channel of a call lies, one row per source. A channel has a source per
-- recording of the call (segment, from 0); most calls have one recording. transcription_tasks is joined with calls
-- through it: recording_id and source_channel are a task's recording_id and channel_id.
create table if not exists call_channels (
    call_id varchar not null,
    channel_id integer not null,
    segment integer not null,
    call_date date,
    role varchar not null check (role in ('agent', 'customer', 'other', 'mixed')),
    name varchar,
    recording_id varchar not null,
    source_channel integer not null,
    source_uri varchar not null,
    offset_ms bigint not null,
    duration_s double not null,
    started_at timestamptz,
    agent_id varchar,
    agent_name varchar,
    queue varchar,
    primary key (call_id, channel_id, segment)
);
