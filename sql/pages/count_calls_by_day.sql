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
        sum(ok) as ok,
        sum(partial) as partial,
        sum(failed) as failed,
        sum(quarantined) as quarantined
    from calls_daily
    where call_date between $from_date and $to_date
    group by call_date
)

select
    call_date,
    status,
    cast(calls as bigint) as calls
from (unpivot by_day on ok, partial, failed, quarantined into name status value calls)
where calls > 0
order by call_date, status
