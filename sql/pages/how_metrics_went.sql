-- How did the calls of some days go, by agent, team, supervisor, queue and over all?
--
-- Means of several days are put together from n, mean and standard deviation, as docs/metrics.md (Uncertainty) says.
-- Talk speeds of two units are never put together: the unit with the most calls is given.
--
-- Teams and supervisors have the calls that their agents took while they were theirs.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param dimensions varchar[] : which of agent, team, supervisor, queue and all
--
-- column dimension : agent, team, supervisor, queue or all
-- column key : the agent's id, the team, the supervisor or the queue; 'unknown' where none is known
-- column metric : the metric's name
-- column unit : its unit, where calls have it in several
-- column n : calls that have it
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
        list_has_any($dimensions::varchar[], ['team', 'supervisor'])  -- noqa: RF02
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
    where list_contains($dimensions::varchar[], dimension) and call_date between $from_date and $to_date
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
    where list_contains($dimensions::varchar[], dimension)
),

means as (
    select
        dimension,
        key,
        metric,
        unit,
        sum(n * mean) / sum(n) as all_mean
    from by_group
    group by dimension, key, metric, unit
),

centred as (
    select
        by_group.dimension,
        by_group.key,
        by_group.metric,
        by_group.unit,
        by_group.n,
        by_group.mean,
        by_group.sd,
        means.all_mean
    from by_group
    inner join means
        on
            by_group.dimension = means.dimension
            and by_group.key = means.key
            and by_group.metric = means.metric
            and by_group.unit is not distinct from means.unit
),

pooled as (
    select
        dimension,
        key,
        metric,
        unit,
        cast(sum(n) as bigint) as n,
        any_value(all_mean) as mean,
        sqrt(sum(coalesce((n - 1) * sd ^ 2, 0) + n * (mean - all_mean) ^ 2) / nullif(sum(n) - 1, 0)) as sd
    from centred
    group by dimension, key, metric, unit
    qualify row_number() over (partition by dimension, key, metric order by sum(n) desc, unit asc) = 1
)

select
    dimension,
    key,
    metric,
    unit,
    n,
    mean,
    mean - t_95(n) * sd / sqrt(n) as ci_low,
    mean + t_95(n) * sd / sqrt(n) as ci_high
from pooled
order by dimension, key, metric
