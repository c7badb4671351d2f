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
