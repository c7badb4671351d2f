-- How did calls go, day by day?
--
-- A day without a call that has the metric has no row of it.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column metric : the metric's name
-- column call_date : the day
-- column unit : its unit, where calls have it in several
-- column n : calls of the day that have it
-- column mean : their mean
-- column ci_low : lower end of the mean's 95 % interval; null below 2 calls
-- column ci_high : upper end of it
select
    metric,
    call_date,
    unit,
    n,
    mean,
    ci_low,
    ci_high
from metrics_daily
where dimension = 'all' and call_date between $from_date and $to_date
order by metric, call_date
