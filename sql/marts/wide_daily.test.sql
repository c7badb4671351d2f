-- Failing rows of calls_daily, agents_daily and queues_daily for the days in $days: calls that one of them shows twice
-- or not at all.
with shown as (
    select call_date, calls - quarantined as calls, 'calls_daily' as mart from calls_daily  -- noqa: LT09
    where in_days(call_date, $days)
    union all
    select call_date, calls, 'agents_daily' as mart from agents_daily  -- noqa: LT09
    where in_days(call_date, $days)
    union all
    select call_date, calls, 'queues_daily' as mart from queues_daily  -- noqa: LT09
    where in_days(call_date, $days)
),

agents as (
    select
        call_id,
        count(*) as agents
    from call_agents
    where in_days(call_date, $days)
    group by call_id
),

expected as (
    select
        call_date,
        calls - quarantined as calls,
        unnest(['calls_daily', 'queues_daily']) as mart
    from counts_daily
    where dimension = 'all' and in_days(call_date, $days)
    union all
    -- a call counts for each agent who took part in it
    select
        calls.call_date,
        sum(coalesce(agents.agents, 1)) as calls,
        'agents_daily' as mart
    from calls
    left join agents on calls.call_id = agents.call_id
    where in_days(calls.call_date, $days) and calls.status not in ('pending', 'quarantined')
    group by calls.call_date
)

select
    expected.mart,
    expected.call_date,
    coalesce(sum(shown.calls), 0) as found,
    expected.calls as expected
from expected
left join shown on expected.mart = shown.mart and expected.call_date = shown.call_date
group by expected.mart, expected.call_date, expected.calls
having found <> expected.calls
