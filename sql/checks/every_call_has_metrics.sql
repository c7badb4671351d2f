-- Failing rows: complete calls of $days, not quarantined, without a row of metrics.
select
    calls.call_id,
    calls.status
from calls
anti join call_metrics on calls.call_id = call_metrics.call_id and in_days(call_metrics.call_date, $days)
where calls.status in ('ok', 'partial', 'failed') and in_days(calls.call_date, $days)
