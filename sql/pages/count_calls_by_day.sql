-- How many calls of each status were there per day?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_date : the day
-- column status : ok, partial, failed or quarantined
-- column calls : calls of that day and status; there is no row for none
with by_day as (
    select
        call_date,
        ok,
        partial,
        failed,
        quarantined
    from counts_daily
    where dimension = 'all' and call_date between $from_date and $to_date
)

select
    call_date,
    status,
    calls
from (unpivot by_day on ok, partial, failed, quarantined into name status value calls)
where calls > 0
order by call_date, status
