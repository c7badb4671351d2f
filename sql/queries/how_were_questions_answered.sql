-- How were questions answered?
--
-- How often each option of each question was chosen over some days, with Wilson's 95 % interval, how often the question
-- did not apply, and how often there was not enough to go by. Released evaluations, and those of machines, which stand
-- apart; a question that is asked otherwise in another version of its card is another question here. Calls that a plan
-- drew are weighted by their inclusion probability.
--
-- param scorecard varchar = null : only this card
-- param question varchar = null : only this question
-- param agent varchar = null : only this agent
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column scorecard_id : the card
-- column question_id : the question
-- column question_version : what it was then, as a hash
-- column evaluated_by : people or machine
-- column selection : drawn or chosen
-- column asked : evaluations in which it was asked
-- column answered : those with an answer
-- column not_applicable : those with not_applicable
-- column not_applicable_share : their share of those asked, 0 to 1
-- column cannot_tell : those with cannot_tell
-- column option : the option, or the band of a number; null for texts and days
-- column chosen : answers that have it
-- column share : their share, 0 to 1
-- column share_low : lower end of its 95 % interval
-- column share_high : upper end of it
with counted as (
    select
        evaluation_id,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        case selection when 'drawn' then 1 / inclusion_probability else 1 end as w
    from evaluations_current
    where
        counts
        and call_date between $from_date and $to_date
        and coalesce(scorecard_id = $scorecard, $scorecard is null)
        and coalesce(agent_id = $agent, $agent is null)
),

answers as (
    select
        counted.scorecard_id,
        counted.scorecard_version,
        counted.evaluated_by,
        counted.selection,
        counted.w,
        evaluation_answers.question_id,
        evaluation_answers.question_version,
        evaluation_answers.answer_kind,
        evaluation_answers.answer_kind in ('options', 'number', 'text', 'date') as is_answered,
        evaluation_answers.options
    from counted
    inner join evaluation_answers on counted.evaluation_id = evaluation_answers.evaluation_id
    where coalesce(evaluation_answers.question_id = $question, $question is null)
),

asked as (
    select
        scorecard_id,
        question_id,
        question_version,
        evaluated_by,
        selection,
        count(*) filter (where answer_kind <> 'not_asked') as asked,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where answer_kind = 'not_applicable') as not_applicable,
        count(*) filter (where answer_kind = 'cannot_tell') as cannot_tell,
        sum(w) filter (where answer_kind <> 'not_asked') as asked_w,
        sum(w) filter (where answer_kind = 'not_applicable') as not_applicable_w,
        sum(w) filter (where is_answered) as answered_w,
        sum(w * w) filter (where is_answered) as answered_ww
    from answers
    group by scorecard_id, question_id, question_version, evaluated_by, selection
),

given as (
    select
        scorecard_id,
        question_id,
        question_version,
        evaluated_by,
        selection,
        w,
        unnest(options) as option
    from answers
),

chosen as (
    select
        scorecard_id,
        question_id,
        question_version,
        evaluated_by,
        selection,
        option,
        count(*) as times,
        sum(w) as times_w
    from given
    group by scorecard_id, question_id, question_version, evaluated_by, selection, option
),

offered as (
    select distinct
        questions.scorecard_id,
        questions.question_id,
        questions.question_version,
        offered_options.each.id as option
    from scorecard_questions as questions
    left join unnest(questions.options) as offered_options (each) on true
),

shared as (
    select
        asked.*, -- noqa: AM04, RF02
        offered.option,
        case when offered.option is not null then coalesce(chosen.times, 0) end as chosen,
        case
            when offered.option is not null then coalesce(chosen.times_w, 0) / nullif(asked.answered_w, 0)
        end as share,
        asked.answered_w * asked.answered_w / nullif(asked.answered_ww, 0) as alike
    from asked
    left join offered
        on
            asked.scorecard_id = offered.scorecard_id
            and asked.question_id = offered.question_id
            and asked.question_version = offered.question_version
    left join chosen
        on
            asked.scorecard_id = chosen.scorecard_id
            and asked.question_id = chosen.question_id
            and asked.question_version = chosen.question_version
            and asked.evaluated_by = chosen.evaluated_by
            and asked.selection = chosen.selection
            and offered.option = chosen.option
)

select
    scorecard_id,
    question_id,
    question_version,
    evaluated_by,
    selection,
    asked,
    answered,
    not_applicable,
    round(coalesce(not_applicable_w, 0) / nullif(asked_w, 0), 3) as not_applicable_share,
    cannot_tell,
    option,
    chosen,
    round(share, 3) as share,
    round(wilson_low(share * alike, alike), 3) as share_low,
    round(wilson_high(share * alike, alike), 3) as share_high
from shared
order by
    scorecard_id asc,
    question_id asc,
    question_version asc,
    evaluated_by asc,
    selection asc,
    chosen desc nulls last,
    option asc
