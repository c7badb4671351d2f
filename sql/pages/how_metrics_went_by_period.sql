-- How did calls go, period by period?
--
-- Means of several days are put together as in how_metrics_went. A period without a call that has the metric has no row
-- of it.
--
-- Teams and supervisors have the calls that their agents took while they were theirs.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param period varchar : day, week (from Monday) or month
-- param dimension varchar : all, agent, team, supervisor or queue
-- param key varchar : the agent's id, the team, the supervisor or the queue; of all it is all
--
-- column metric : the metric's name
-- column begins : first day of the period, which may lie before the range
-- column unit : its unit, where calls have it in several
-- column n : calls of the period that have it
-- column mean : their mean
-- column ci_low : lower end of the mean's 95% interval; null below 2 calls
-- column ci_high : upper end of it
with of_people as (
    select
        unnest(['team', 'supervisor']) as dimension,
        unnest([agents.team, agents.supervisor]) as key,
        metrics_daily.metric,
        metrics_daily.unit,
        metrics_daily.call_date,
        metrics_daily.n,
        metrics_daily.mean,
        metrics_daily.sd
    from metrics_daily
    inner join agents
        on
            metrics_daily.key = agents.agent_id
            and coalesce(metrics_daily.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
            and coalesce(metrics_daily.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
    where
        list_contains(['team', 'supervisor'], $dimension)
        and metrics_daily.dimension = 'agent'
        and metrics_daily.call_date between $from_date and $to_date
),

by_group as (
    select
        dimension,
        key,
        metric,
        unit,
        call_date,
        n,
        mean,
        sd
    from metrics_daily
    where dimension = $dimension and key = $key and call_date between $from_date and $to_date
    union all
    select
        dimension,
        key,
        metric,
        unit,
        call_date,
        n,
        mean,
        sd
    from of_people
    where dimension = $dimension and key = $key
),

by_period as (
    select
        metric,
        cast(date_trunc($period, call_date) as date) as begins,
        unit,
        n,
        mean,
        sd
    from by_group
),

means as (
    select
        metric,
        begins,
        unit,
        sum(n * mean) / sum(n) as all_mean
    from by_period
    group by metric, begins, unit
),

centred as (
    select
        by_period.metric,
        by_period.begins,
        by_period.unit,
        by_period.n,
        by_period.mean,
        by_period.sd,
        means.all_mean
    from by_period
    inner join means
        on
            by_period.metric = means.metric
            and by_period.begins = means.begins
            and by_period.unit is not distinct from means.unit
),

pooled as (
    select
        metric,
        begins,
        unit,
        cast(sum(n) as bigint) as n,
        any_value(all_mean) as mean,
        sqrt(sum(coalesce((n - 1) * sd ^ 2, 0) + n * (mean - all_mean) ^ 2) / nullif(sum(n) - 1, 0)) as sd
    from centred
    group by metric, begins, unit
    qualify row_number() over (partition by metric, begins order by sum(n) desc, unit asc) = 1
)

select
    metric,
    begins,
    unit,
    n,
    mean,
    mean - t_95(n) * sd / sqrt(n) as ci_low,
    mean + t_95(n) * sd / sqrt(n) as ci_high
from pooled
order by metric, begins
