-- Failing rows of counts_daily for the days in $days: calls that a dimension counts twice or not at all, statuses that
-- do not add up, more of anything than there are calls.
with agents as (
    select
        call_id,
        count(*) as agents
    from call_agents
    where in_days(call_date, $days)
    group by call_id
),

landed as (
    select
        call_date,
        unnest(['all', 'queue']) as dimension,
        count(*) as calls
    from calls
    where in_days(call_date, $days) and status <> 'pending'
    group by call_date
    union all
    -- a call counts for each agent who took part in it
    select
        calls.call_date,
        'agent' as dimension,
        sum(coalesce(agents.agents, 1)) as calls
    from calls
    left join agents on calls.call_id = agents.call_id
    where in_days(calls.call_date, $days) and calls.status <> 'pending'
    group by calls.call_date
),

day_rows as (
    select * from counts_daily
    where in_days(call_date, $days)
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
    or told_by_voice > both_roles
