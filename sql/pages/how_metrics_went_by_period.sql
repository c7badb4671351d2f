-- How did calls go, period by period?
--
-- Means of several days are put together as in how_metrics_went. A period without a call that has the metric has no row
-- of it.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param period varchar : day, week (from Monday) or month
-- param dimension varchar : all, agent or queue
-- param key varchar : the agent's id or the queue; of all it is all
--
-- column metric : the metric's name
-- column begins : first day of the period, which may lie before the range
-- column unit : its unit, where calls have it in several
-- column n : calls of the period that have it
-- column mean : their mean
-- column ci_low : lower end of the mean's 95 % interval; null below 2 calls
-- column ci_high : upper end of it
with centred as (
    select
        *,
        cast(date_trunc($period, call_date) as date) as begins,
        sum(n * mean) over alike / sum(n) over alike as all_mean
    from metrics_daily
    where dimension = $dimension and key = $key and call_date between $from_date and $to_date
    window alike as (partition by date_trunc($period, call_date), metric, unit)
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
