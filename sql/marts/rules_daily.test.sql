-- Failing rows of rules_daily for the days in $days: outcomes that do not add up, rates outside their interval, calls
-- of all groups that are not those of rule_outcomes.
with expected as (
    select
        call_date,
        rule_id,
        rule_version,
        count(*) as calls,
        count(*) filter (where outcome = 'hit') as hits
    from rule_outcomes
    where in_days(call_date, $days)
    group by call_date, rule_id, rule_version
),

found as (
    select
        call_date,
        rule_id,
        rule_version,
        sum(calls) as calls,
        sum(hits) as hits
    from rules_daily
    where dimension = 'all' and in_days(call_date, $days)
    group by call_date, rule_id, rule_version
)

select
    call_date,
    'all' as dimension,
    rule_id,
    found.calls as found,
    expected.calls as expected
from found full outer join expected using (call_date, rule_id, rule_version)  -- noqa: ST07
where found.calls is distinct from expected.calls or found.hits is distinct from expected.hits
union all
select
    call_date,
    dimension,
    rule_id,
    calls as found,
    hits + misses + not_applicable + not_evaluated as expected
from rules_daily
where
    in_days(call_date, $days)
    and (
        calls <> hits + misses + not_applicable + not_evaluated
        or (hit_rate is null) <> (hits + misses = 0)
        or not coalesce(hit_rate between ci_low - 1e-9 and ci_high + 1e-9, true)
    )
