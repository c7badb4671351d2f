-- Failing rows of metrics_daily for the days in $days: means that do not add up to the day's calls, figures of more
-- calls than there are, means outside their interval or of an impossible size.
with figures as (
    select
        metrics_daily.*,
        counts_daily.calls - counts_daily.quarantined as calls,
        count(*) over (partition by call_date, dimension, key, metric) as copies  -- noqa: RF02
    from metrics_daily left join counts_daily using (call_date, dimension, key)  -- noqa: ST07
    where in_days(call_date, $days)  -- noqa: RF02
),

found as (
    select
        call_date,
        dimension,
        sum(n) as n,
        sum(n * mean) as total
    from figures
    where metric = 'talk_ratio'
    group by call_date, dimension
),

measured as (
    select
        call_id,
        unnest(['all', 'queue']) as dimension,
        talk_ratio
    from call_metrics
    union all
    select
        call_id,
        'agent' as dimension,
        talk_ratio
    from call_metrics
    where
        call_id not in (
            select call_agents.call_id from call_agents
            where not call_agents.is_alone
        )
    union all
    select
        call_id,
        'agent' as dimension,
        talk_ratio
    from agent_metrics
),

expected as (
    select
        calls.call_date,
        measured.dimension,
        count(*) as n,
        sum(measured.talk_ratio) as total
    from calls
    inner join measured on calls.call_id = measured.call_id and measured.talk_ratio is not null
    where in_days(calls.call_date, $days) and calls.status not in ('pending', 'quarantined')
    group by calls.call_date, measured.dimension
)

select
    call_date,
    dimension,
    null as key,
    'talk_ratio' as metric,
    found.total as found,
    expected.total as expected
from found full outer join expected using (call_date, dimension)  -- noqa: ST07
where found.n is distinct from expected.n or abs(found.total - expected.total) > 1e-6 * (1 + expected.n)
union all
select
    call_date,
    dimension,
    key,
    metric,
    mean as found,
    null as expected
from figures
where
    (n < 1)
    or (copies > 1)
    or (n > coalesce(calls, 0))
    or (n < 2) <> (ci_low is null or ci_high is null)
    or not coalesce(mean between ci_low - 1e-6 and ci_high + 1e-6, true)
    or (sd < 0)
    or ((metric like '%\_ratio' escape '\' or metric like '%\_share' escape '\') and mean not between 0 and 1)
    or (metric = 'customer_valence' and mean not between -5 and 5)
    or (metric = 'valence_shift' and mean not between -10 and 10)
    or (metric not like '%valence%' and mean < 0)
