-- list_failures_by_reason: failed and partial calls of all days, one row per reason, the most frequent reason first;
-- its calls from the newest to the oldest.
select
    status_reason,
    count(*) as calls,
    list(call_id order by call_date desc, call_id asc) as call_ids,
    min(call_date) as first_date,
    max(call_date) as last_date
from calls
where status in ('failed', 'partial')
group by status_reason
order by calls desc, status_reason asc
