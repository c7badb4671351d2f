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
