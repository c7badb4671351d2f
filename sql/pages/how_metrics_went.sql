-- How did the calls of some days go, by agent, by queue and over all?
--
-- Means of several days are put together from n, mean and standard deviation, as docs/metrics.md (Uncertainty) says.
-- Talk speeds of two units are never put together: the unit with the most calls is given.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param dimensions varchar[] : which of agent, queue and all
--
-- column dimension : agent, queue or all
-- column key : the agent's id or the queue; 'unknown' where none is known
-- column metric : the metric's name
-- column unit : its unit, where calls have it in several
-- column n : calls that have it
-- column mean : their mean
-- column ci_low : lower end of the mean's 95 % interval; null below 2 calls
-- column ci_high : upper end of it
with centred as (
    select
        *,
        sum(n * mean) over alike / sum(n) over alike as all_mean
    from metrics_daily
    where list_contains($dimensions::varchar[], dimension) and call_date between $from_date and $to_date
    window alike as (partition by dimension, key, metric, unit)
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
