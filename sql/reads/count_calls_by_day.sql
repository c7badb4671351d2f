-- count_calls_by_day: calls of each of the newest $days_shown days by status; undated recordings come last.
select
    call_date,
    count(*) as calls,
    count(*) filter (where status = 'ok') as ok,
    count(*) filter (where status = 'partial') as partial,
    count(*) filter (where status = 'failed') as failed,
    count(*) filter (where status = 'quarantined') as quarantined
from calls
group by call_date
order by call_date desc nulls last
limit $days_shown
