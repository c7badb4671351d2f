-- How many calls of each status were there per period?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param period varchar : day, week (from Monday) or month
--
-- column begins : first day of the period, which may lie before the range
-- column status : ok, partial, failed or quarantined
-- column calls : calls of that period and status; there is no row for none
with by_period as (
    select
        cast(date_trunc($period, call_date) as date) as begins,
        cast(sum(ok) as bigint) as ok,
        cast(sum(partial) as bigint) as partial,
        cast(sum(failed) as bigint) as failed,
        cast(sum(quarantined) as bigint) as quarantined
    from counts_daily
    where dimension = 'all' and call_date between $from_date and $to_date
    group by begins
)

select
    begins,
    status,
    calls
from (unpivot by_period on ok, partial, failed, quarantined into name status value calls)
where calls > 0
order by begins, status
