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

-- scores_daily: the scores of each group on each day, by version of the card: never two versions in one mean. An
-- automatic fail is a 0 in it; below the card's coverage there is no score. Calls that a plan drew are apart from
-- those that somebody chose, and those of each plan apart: two plans may draw of the same calls. Each counts as many
-- times as it stands for others, 1 by its inclusion probability.
create or replace view scores_daily as
with counted as (
    select
        *, -- noqa: AM04
        case selection when 'drawn' then 1 / inclusion_probability else 1 end as w
    from evaluations_current
    where counts and call_date is not null
),

grouped as (
    select
        call_date,
        'all' as dimension,
        'all' as key,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        cast(null as varchar) as agent_name,
        score,
        coverage,
        failed_by,
        w
    from counted
    union all
    select
        call_date,
        'agent' as dimension,
        coalesce(nullif(trim(agent_id), ''), 'unknown') as key,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        agent_name,
        score,
        coverage,
        failed_by,
        w
    from counted
    union all
    select
        call_date,
        'team' as dimension,
        coalesce(team, 'unknown') as key,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        cast(null as varchar) as agent_name,
        score,
        coverage,
        failed_by,
        w
    from counted
    union all
    select
        call_date,
        'queue' as dimension,
        coalesce(nullif(trim(queue), ''), 'unknown') as key,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        cast(null as varchar) as agent_name,
        score,
        coverage,
        failed_by,
        w
    from counted
),

summed as (
    select
        call_date,
        dimension,
        key,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        max(agent_name) as agent_name,
        count(*) as evaluations,
        count(score) as n,
        count(*) - count(score) as without_score,
        count(*) filter (where len(failed_by) > 0 and score is not null) as auto_fails,
        avg(coverage) as coverage,
        min(score) as lowest,
        max(score) as highest,
        sum(w) filter (where score is not null) as sw,
        sum(w * w) filter (where score is not null) as sww,
        sum(w * score) as swx,
        sum(w * w * score) as swwx,
        sum(w * w * score * score) as swwxx
    from grouped
    group by call_date, dimension, key, scorecard_id, scorecard_version, evaluated_by, selection, plan
)

select
    call_date,
    dimension,
    key,
    agent_name,
    scorecard_id,
    scorecard_version,
    evaluated_by,
    selection,
    plan,
    evaluations,
    n,
    without_score,
    auto_fails,
    round(coverage, 6) as coverage,
    round(swx / sw, 6) as mean,
    case when n > 1 then round(weighted_sd(n, sw, sww, swx, swwx, swwxx), 6) end as sd,
    case
        when n > 1 and lowest = highest then 100 * wilson_low(n * least(lowest, 100) / 100, n)
        when n > 1 then greatest(mean - t_95(n) * sd / sqrt(n), 0)
    end as ci_low,
    case
        when n > 1 and lowest = highest then greatest(100 * wilson_high(n * least(lowest, 100) / 100, n), highest)
        when n > 1 then least(mean + t_95(n) * sd / sqrt(n), greatest(100, highest))
    end as ci_high
from summed;

-- question_rates: how each question was answered on each day, one row per option (null for texts and dates), by
-- version of the card. share is of those that were answered, each counted as in scores_daily; its interval is
-- Wilson's, of as many answers of equal weight as theirs come to.
create or replace view question_rates as
with grouped as (
    select
        evaluation_id,
        call_date,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        case selection when 'drawn' then 1 / inclusion_probability else 1 end as w,
        unnest(['all', 'agent', 'team', 'queue']) as dimension,
        unnest([
            'all',
            coalesce(nullif(trim(agent_id), ''), 'unknown'),
            coalesce(team, 'unknown'),
            coalesce(nullif(trim(queue), ''), 'unknown')
        ]) as key
    from evaluations_current
    where counts and call_date is not null
),

answers as (
    select
        evaluation_id,
        question_id,
        question_version,
        answer_kind,
        answer_kind in ('options', 'number', 'text', 'date') as is_answered,
        options
    from evaluation_answers
),

asked as (
    select
        grouped.call_date,
        grouped.dimension,
        grouped.key,
        grouped.scorecard_id,
        grouped.scorecard_version,
        grouped.evaluated_by,
        grouped.selection,
        grouped.plan,
        answers.question_id,
        any_value(answers.question_version) as question_version,
        count(*) filter (where answers.answer_kind <> 'not_asked') as asked,
        count(*) filter (where answers.is_answered) as answered,
        count(*) filter (where answers.answer_kind = 'not_applicable') as not_applicable,
        count(*) filter (where answers.answer_kind = 'cannot_tell') as cannot_tell,
        sum(grouped.w) filter (where answers.answer_kind <> 'not_asked') as asked_w,
        sum(grouped.w) filter (where answers.answer_kind = 'not_applicable') as not_applicable_w,
        sum(grouped.w) filter (where answers.is_answered) as answered_w,
        sum(grouped.w * grouped.w) filter (where answers.is_answered) as answered_ww
    from grouped
    inner join answers on grouped.evaluation_id = answers.evaluation_id
    group by
        grouped.call_date,
        grouped.dimension,
        grouped.key,
        grouped.scorecard_id,
        grouped.scorecard_version,
        grouped.evaluated_by,
        grouped.selection,
        grouped.plan,
        answers.question_id
),

given as (
    select
        evaluation_id,
        question_id,
        unnest(options) as option
    from answers
),

chosen as (
    select
        grouped.call_date,
        grouped.dimension,
        grouped.key,
        grouped.scorecard_id,
        grouped.scorecard_version,
        grouped.evaluated_by,
        grouped.selection,
        grouped.plan,
        given.question_id,
        given.option,
        count(*) as times,
        sum(grouped.w) as times_w
    from grouped
    inner join given on grouped.evaluation_id = given.evaluation_id
    group by
        grouped.call_date,
        grouped.dimension,
        grouped.key,
        grouped.scorecard_id,
        grouped.scorecard_version,
        grouped.evaluated_by,
        grouped.selection,
        grouped.plan,
        given.question_id,
        given.option
),

offered as (
    select
        questions.scorecard_id,
        questions.scorecard_version,
        questions.question_id,
        offered_options.each.id as option
    from scorecard_questions as questions
    left join unnest(questions.options) as offered_options (each) on true
),

shared as (
    select
        asked.*, -- noqa: AM04, RF02
        offered.option,
        case when offered.option is not null then coalesce(chosen.times, 0) end as chosen,
        case when offered.option is not null then coalesce(chosen.times_w, 0) end as chosen_w,
        case
            when offered.option is not null then coalesce(chosen.times_w, 0) / nullif(asked.answered_w, 0)
        end as share,
        asked.answered_w * asked.answered_w / nullif(asked.answered_ww, 0) as alike
    from asked
    left join offered
        on
            asked.scorecard_id = offered.scorecard_id
            and asked.scorecard_version = offered.scorecard_version
            and asked.question_id = offered.question_id
    left join chosen
        on
            asked.call_date = chosen.call_date
            and asked.dimension = chosen.dimension
            and asked.key = chosen.key
            and asked.scorecard_id = chosen.scorecard_id
            and asked.scorecard_version = chosen.scorecard_version
            and asked.evaluated_by = chosen.evaluated_by
            and asked.selection = chosen.selection
            and asked.plan is not distinct from chosen.plan
            and asked.question_id = chosen.question_id
            and offered.option = chosen.option
)

select
    call_date,
    dimension,
    key,
    scorecard_id,
    scorecard_version,
    evaluated_by,
    selection,
    plan,
    question_id,
    question_version,
    asked,
    answered,
    not_applicable,
    coalesce(not_applicable_w, 0) / nullif(asked_w, 0) as not_applicable_share,
    cannot_tell,
    option,
    chosen,
    share,
    round(wilson_low(share * alike, alike), 9) as share_low,
    round(wilson_high(share * alike, alike), 9) as share_high,
    coalesce(asked_w, 0) as asked_w,
    coalesce(not_applicable_w, 0) as not_applicable_w,
    coalesce(answered_w, 0) as answered_w,
    coalesce(answered_ww, 0) as answered_ww,
    chosen_w
from shared;
