-- How were questions answered?
--
-- How often each option of each question was chosen over some days, with Wilson's 95% interval, how often the question
-- did not apply, and how often there was not enough to go by. Released evaluations, and those of machines, which stand
-- apart; a question that is asked otherwise in another version of its card is another question here. Calls that a plan
-- drew are weighted by their inclusion probability, and each plan's stand apart.
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
-- column plan : the sampling plan that drew the calls; null for chosen ones
-- column asked : evaluations in which it was asked
-- column answered : those with an answer
-- column not_applicable : those with not_applicable
-- column not_applicable_share : their share of those asked, 0 to 1
-- column cannot_tell : those with cannot_tell
-- column option : the option, or the band of a number; null for texts and days
-- column chosen : answers that have it
-- column share : their share, 0 to 1
-- column share_low : lower end of its 95% interval
-- column share_high : upper end of it
with summed as (
    select
        scorecard_id,
        question_id,
        question_version,
        evaluated_by,
        selection,
        plan,
        option,
        sum(asked) as asked,
        sum(answered) as answered,
        sum(not_applicable) as not_applicable,
        sum(cannot_tell) as cannot_tell,
        sum(not_applicable_w) / nullif(sum(asked_w), 0) as not_applicable_share,
        sum(chosen) as chosen,
        sum(chosen_w) / nullif(sum(answered_w), 0) as share,
        sum(answered_w) * sum(answered_w) / nullif(sum(answered_ww), 0) as alike
    from question_rates
    where
        dimension = case when $agent is null then 'all' else 'agent' end
        and key = coalesce($agent, 'all')
        and call_date between $from_date and $to_date
        and coalesce(scorecard_id = $scorecard, $scorecard is null)
        and coalesce(question_id = $question, $question is null)
    group by scorecard_id, question_id, question_version, evaluated_by, selection, plan, option
)

select
    scorecard_id,
    question_id,
    question_version,
    evaluated_by,
    selection,
    plan,
    asked,
    answered,
    not_applicable,
    round(not_applicable_share, 3) as not_applicable_share,
    cannot_tell,
    option,
    chosen,
    round(share, 3) as share,
    round(wilson_low(share * alike, alike), 3) as share_low,
    round(wilson_high(share * alike, alike), 3) as share_high
from summed
order by
    scorecard_id asc,
    question_id asc,
    question_version asc,
    evaluated_by asc,
    selection asc,
    plan asc nulls first,
    chosen desc nulls last,
    option asc
