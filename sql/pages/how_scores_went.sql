-- How were the calls of some days scored?
--
-- One row per group, version of the card and period. Scores of two versions are never put together, and an automatic
-- fail is a 0. Where only calls that a plan drew count, or each plan's apart, each counts as many times as it stands
-- for others (1 by its inclusion probability), and the interval is that of such a weighted mean. Where all scores are
-- alike their spread is not known: the interval is Wilson's of a share, the widest that scores can have.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param dimension varchar : agent, team, supervisor, queue, evaluator, plan or all
-- param period varchar : day, week (from Monday), month, or null for all days together
-- param source varchar : people or machine
-- param picked varchar : drawn (only calls that a plan drew, weighted), chosen (only others) or all
-- param plan varchar : only calls that this plan drew; null for all
-- param cards varchar[] : ids of cards; null for all
-- param versions varchar[] : versions of cards; null for all
-- param agents varchar[] : ids of agents; null for all
-- param teams varchar[] : teams; null for all
-- param supervisors varchar[] : supervisors; null for all
-- param queues varchar[] : queues; null for all
-- param evaluators varchar[] : logins; null for all
--
-- column key : the agent's id, the team, the supervisor, the queue, the login or the plan; unknown (of plans empty:
--   no plan drew them), or all of all
-- column name : the agent's name
-- column scorecard_id : the card
-- column scorecard_version : its version
-- column begins : first day of the period, which may lie before the range; null for all days together
-- column evaluations : evaluations, those without a score included
-- column n : those with a score
-- column mean : mean of the scores, 0 to 100
-- column ci_low : lower end of the mean's 95% interval; null below 2 scores
-- column ci_high : upper end of it
-- column auto_fails : evaluations that something failed
-- column coverage : mean share of the weight that was answered, 0 to 1
-- column first_date : day of the first call
with counted as (
    select
        scorecard_id,
        scorecard_version,
        call_date,
        score,
        coverage,
        len(failed_by) > 0 as is_failed,
        agent_name,
        case
            when selection = 'drawn' and ($picked = 'drawn' or $dimension = 'plan') then 1 / inclusion_probability
            else 1
        end as w,
        case when $period is not null then cast(date_trunc($period, call_date) as date) end as begins,
        case $dimension
            when 'all' then 'all'
            when 'agent' then coalesce(nullif(trim(agent_id), ''), 'unknown')
            when 'team' then coalesce(team, 'unknown')
            when 'supervisor' then coalesce(supervisor, 'unknown')
            when 'queue' then coalesce(nullif(trim(queue), ''), 'unknown')
            when 'evaluator' then coalesce(evaluator, 'unknown')
            when 'plan' then coalesce(plan, '')
        end as key
    from evaluations_current
    where
        counts
        and evaluated_by = $source
        and call_date between $from_date and $to_date
        and ($picked = 'all' or selection = $picked)
        and ($plan is null or plan = $plan)
        and ($cards is null or list_contains($cards::varchar[], scorecard_id))
        and ($versions is null or list_contains($versions::varchar[], scorecard_version))
        and ($agents is null or list_contains($agents::varchar[], agent_id))
        and ($teams is null or list_contains($teams::varchar[], team))
        and ($supervisors is null or list_contains($supervisors::varchar[], supervisor))
        and ($queues is null or list_contains($queues::varchar[], queue))
        and ($evaluators is null or list_contains($evaluators::varchar[], evaluator))
),

summed as (
    select
        key,
        max(agent_name) as name,
        scorecard_id,
        scorecard_version,
        begins,
        count(*) as evaluations,
        count(score) as n,
        count(*) filter (where is_failed) as auto_fails,
        avg(coverage) as coverage,
        min(call_date) as first_date,
        min(score) as lowest,
        max(score) as highest,
        sum(w) filter (where score is not null) as sw,
        sum(w * w) filter (where score is not null) as sww,
        sum(w * score) as swx,
        sum(w * w * score) as swwx,
        sum(w * w * score * score) as swwxx
    from counted
    group by key, scorecard_id, scorecard_version, begins
),

measured as (
    select
        *, -- noqa: AM04
        swx / sw as mean,
        case
            when n > 1 and lowest < highest
                then t_95(n) * weighted_sd(n, sw, sww, swx, swwx, swwxx) / sqrt(n)
        end as half
    from summed
)

select
    key,
    case when $dimension = 'agent' then name end as name,
    scorecard_id,
    scorecard_version,
    begins,
    evaluations,
    n,
    mean,
    case
        when half is not null then greatest(mean - half, 0)
        when n > 1 then 100 * wilson_low(n * least(lowest, 100) / 100, n)
    end as ci_low,
    case
        when half is not null then least(mean + half, greatest(highest, 100))
        when n > 1 then greatest(100 * wilson_high(n * least(lowest, 100) / 100, n), highest)
    end as ci_high,
    auto_fails,
    coverage,
    first_date
from measured
order by key, scorecard_id, scorecard_version, begins
