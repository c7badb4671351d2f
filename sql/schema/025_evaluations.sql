-- evaluations: one row per evaluation of a call, by a person or by machine, as it stood when the store was read.
-- People's come from the operations database; those by metrics and rules are made in the pipeline. A draft has no
-- score, and what is answered in it is in no table.
create table if not exists evaluations (
    evaluation_id varchar not null primary key,
    call_id varchar not null,
    call_date date,
    agent_id varchar,
    queue varchar,
    scorecard_id varchar not null,
    scorecard_version varchar not null,
    machine_version varchar,
    evaluation_type varchar not null check (
        evaluation_type in ('standard', 'blind', 'calibration', 'dispute', 'machine')
    ),
    evaluator varchar,
    state varchar not null,
    score double,
    score_before_fail double,
    failed_by varchar[] not null,
    coverage double,
    reason varchar,
    section_scores json,
    critical_customer double,
    critical_business double,
    critical_compliance double,
    seconds_spent double,
    supersedes varchar,
    superseded_by varchar,
    task_id varchar,
    sample_id varchar,
    inclusion_probability double,
    session_id varchar,
    is_expert boolean not null,
    due_at timestamptz,
    created_at timestamptz not null,
    submitted_at timestamptz,
    released_at timestamptz,
    released_by varchar,
    acknowledged_at timestamptz,
    disputed_at timestamptz,
    dispute_round integer not null,
    dispute_reason varchar,
    dispute_questions varchar[] not null,
    decided_at timestamptz,
    decided_by varchar,
    decision varchar,
    decision_reason varchar,
    revision integer not null,
    log_seq bigint,
    loaded_at timestamptz not null
);

-- evaluation_answers: one row per question of each evaluation that was submitted, with what it earned.
create table if not exists evaluation_answers (
    evaluation_id varchar not null,
    question_id varchar not null,
    call_id varchar not null,
    call_date date,
    question_version varchar,
    section_id varchar,
    position integer,
    answer_kind varchar not null,
    answer varchar,
    options varchar[] not null,
    number double,
    earned double,
    possible double,
    weight double,
    source varchar not null,
    actor varchar,
    content_hash varchar,
    transcript_hash varchar,
    engine varchar,
    comment varchar,
    reason varchar,
    evidence struct(role varchar, sentence_ids integer[], begin_ms integer, end_ms integer)[] not null,
    seconds_spent double,
    machine_answer_shown varchar,
    answered_at timestamptz,
    loaded_at timestamptz not null,
    primary key (evaluation_id, question_id)
);

-- evaluation_events: what was done to evaluations, one row per row of the log of the store. Rows are never changed;
-- what was done to a draft is added when it is submitted.
create table if not exists evaluation_events (
    seq bigint not null primary key,
    evaluation_id varchar not null,
    call_id varchar not null,
    call_date date,
    happened_at timestamptz not null,
    kind varchar not null,
    actor varchar not null,
    question_id varchar,
    answer varchar,
    comment varchar,
    moment_ms integer,
    reason varchar,
    decision varchar,
    score double,
    seconds_spent double,
    hash varchar not null,
    loaded_at timestamptz not null
);

-- review_tasks: what somebody is to evaluate or to decide, one row per task.
create table if not exists review_tasks (
    task_id varchar not null primary key,
    call_id varchar not null,
    call_date date,
    agent_id varchar,
    task_kind varchar not null,
    state varchar not null,
    scorecard_id varchar not null,
    evaluation_type varchar not null,
    assignee varchar,
    due_at timestamptz,
    sample_id varchar,
    inclusion_probability double,
    session_id varchar,
    is_expert boolean not null,
    note varchar,
    evaluation_id varchar,
    assigned_by varchar not null,
    assigned_at timestamptz not null,
    log_seq bigint not null,
    loaded_at timestamptz not null
);

-- scorecard_questions: the questions of every version of a card by which something was evaluated. The whole list is
-- published each time.
create table if not exists scorecard_questions (
    scorecard_id varchar not null,
    scorecard_version varchar not null,
    question_id varchar not null,
    question_version varchar not null,
    title varchar not null,
    scoring varchar not null,
    min_coverage double not null,
    effective_from date,
    effective_to date,
    section_id varchar not null,
    section_title varchar not null,
    section_weight double not null,
    position integer not null,
    text varchar not null,
    type varchar not null,
    weight double not null,
    possible double not null,
    is_scored boolean not null,
    is_bonus boolean not null,
    may_be_not_applicable boolean not null,
    critical varchar[] not null,
    answered_by varchar,
    options struct(id varchar, text varchar, points double, auto_fail varchar)[] not null,
    kept_at timestamptz not null
);

-- evaluations_read: how far the log of the store was read for this snapshot, one row at most.
create table if not exists evaluations_read (
    log_seq bigint not null,
    log_hash varchar not null,
    read_at timestamptz not null
);

-- evaluations_current: evaluations that stand: submitted, and neither retracted nor given up. Of one that was
-- decided anew that is the new one. counts: whether it is in means: released to the agent, or of a machine, and no
-- calibration.
create or replace view evaluations_current as
with listed as (
    select
        agent_id,
        name,
        team,
        supervisor,
        coalesce(valid_from, date '0001-01-01') as since,
        coalesce(valid_to, date '9999-12-31') as until
    from agents
),

standing as (
    select
        *, -- noqa: AM04
        coalesce(call_date, date '9999-12-31') as asked_for
    from evaluations
    where state not in ('draft', 'withdrawn', 'retracted')
)

select
    standing.* exclude (asked_for, loaded_at), -- noqa: AM04, RF02
    case when standing.evaluation_type = 'machine' then 'machine' else 'people' end as evaluated_by,
    coalesce(
        standing.evaluation_type = 'machine'
        or (standing.released_at is not null and standing.evaluation_type <> 'calibration'),
        false
    ) as counts,
    case when standing.inclusion_probability > 0 then 'drawn' else 'chosen' end as selection,
    case when standing.inclusion_probability > 0 then nullif(split_part(standing.sample_id, '/', 1), '') end as plan,
    listed.name as agent_name,
    listed.team,
    listed.supervisor
from standing
left join listed
    on
        standing.agent_id = listed.agent_id
        and standing.asked_for >= listed.since
        and standing.asked_for <= listed.until;
