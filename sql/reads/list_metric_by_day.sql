-- list_metric_by_day: the mean of $metric over the calls of all and of each queue on each day from $from_date to
-- $to_date, of how many calls, and how much single calls differ. Days in another unit are series of their own.
select
    call_date,
    dimension,
    key,
    coalesce(unit, '') as unit,
    n,
    mean,
    coalesce(sd, 0) as sd
from metrics_daily
where call_date between $from_date and $to_date and metric = $metric and dimension in ('all', 'queue')
order by dimension, key, unit, call_date
