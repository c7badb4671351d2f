-- Failing rows of calls_daily, agents_daily and queues_daily for the days in $days: calls that one of them shows twice
-- or not at all.
with shown as (
    select call_date, calls - quarantined as calls, 'calls_daily' as mart from calls_daily  -- noqa: LT09
    where list_contains(cast($days as date[]), call_date)
    union all
    select call_date, calls, 'agents_daily' as mart from agents_daily  -- noqa: LT09
    where list_contains(cast($days as date[]), call_date)
    union all
    select call_date, calls, 'queues_daily' as mart from queues_daily  -- noqa: LT09
    where list_contains(cast($days as date[]), call_date)
),

expected as (
    select
        call_date,
        calls - quarantined as calls,
        unnest(['calls_daily', 'queues_daily']) as mart
    from counts_daily
    where dimension = 'all' and list_contains(cast($days as date[]), call_date)
    union all
    -- a call counts for each agent who took part in it
    select
        call_date,
        sum(calls - quarantined) as calls,
        'agents_daily' as mart
    from counts_daily
    where dimension = 'agent' and list_contains(cast($days as date[]), call_date)
    group by call_date
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
