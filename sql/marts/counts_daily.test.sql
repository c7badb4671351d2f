-- Failing rows of counts_daily for the days in $days: calls that a dimension counts twice or not at all, statuses that
-- do not add up, more of anything than there are calls.
with landed as (
    select
        call_date,
        unnest(['all', 'agent', 'queue']) as dimension,
        count(*) as calls
    from calls
    where list_contains(cast($days as date[]), call_date) and status <> 'pending'
    group by call_date
),

day_rows as (
    select * from counts_daily
    where list_contains(cast($days as date[]), call_date)
),

counted as (
    select
        call_date,
        dimension,
        sum(calls) as calls
    from day_rows
    group by call_date, dimension
)

select
    call_date,
    dimension,
    null as key,
    counted.calls as found,
    landed.calls as expected
from counted full outer join landed using (call_date, dimension)  -- noqa: ST07
where counted.calls is distinct from landed.calls
union all
select
    call_date,
    dimension,
    key,
    greatest(ok + partial + failed + quarantined, defects, escalated, recovered, both_roles) as found,
    calls as expected
from day_rows
where
    ok + partial + failed + quarantined <> calls
    or greatest(defects, escalated, recovered) > calls
    or both_roles > calls - quarantined
