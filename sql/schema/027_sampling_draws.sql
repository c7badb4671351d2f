-- sampling_draws: the calls that sampling plans have drawn, one row per plan, period and call. A row is never changed;
-- only its call_date follows the call. What became of it is in the evaluations with its sample_id.
create table if not exists sampling_draws (
    sample_id varchar not null primary key,
    call_id varchar not null,
    call_date date,
    agent_id varchar,
    plan_id varchar not null,
    plan_version varchar not null,
    period varchar not null,
    period_from date not null,
    period_to date not null,
    scorecard_id varchar not null,
    stratum varchar not null,
    is_risk boolean not null,
    frame_calls integer not null,
    stratum_calls integer not null,
    stratum_taken integer not null,
    inclusion_probability double not null,
    is_blind boolean not null,
    blind_probability double not null,
    is_double boolean not null,
    random_number double not null,
    seed varchar not null,
    frame_hash varchar not null,
    due_at timestamptz not null,
    drawn_at timestamptz not null,
    loaded_at timestamptz not null
);
