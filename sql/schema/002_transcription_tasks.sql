-- transcription_tasks: what was sent, billed and answered for each channel. Copied from the ledger.
create table if not exists transcription_tasks (
    recording_id varchar not null,
    channel_id integer not null,
    model varchar not null,
    parameters_hash varchar not null,
    attempt integer not null,
    call_date date,
    submission_id varchar not null,
    task_id varchar,
    state varchar not null,
    code varchar,
    message varchar,
    planned_at timestamptz,
    submitted_at timestamptz,
    ended_at timestamptz,
    fetched_at timestamptz,
    audio_s double,
    billed_s double,
    cost_usd double,
    engine varchar,
    raw_path varchar,
    primary key (recording_id, channel_id, model, parameters_hash, attempt)
);
