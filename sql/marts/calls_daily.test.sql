-- Failing rows of calls_daily for the days in $days: calls that are counted twice or not at all, statuses that do not
-- add up, figures of more calls than there are, means outside their interval or of an impossible size.
with landed as (
    select
        call_date,
        coalesce(nullif(trim(queue), ''), 'unknown') as queue,
        count(*) as calls
    from calls
    where list_contains(cast($days as date[]), call_date) and status <> 'pending'
    group by all
),

day_rows as (
    select * from calls_daily
    where list_contains(cast($days as date[]), call_date)
),

figures as (
    select
        call_date,
        queue,
        calls,
        unnest(
            [
                'talk_ratio',
                'silence_ratio',
                'dead_air_s',
                'overlap_s',
                'response_ms_p50',
                'customer_valence',
                'valence_shift'
            ]
        ) as metric,
        unnest(
            [
                talk_ratio_n,
                silence_ratio_n,
                dead_air_s_n,
                overlap_s_n,
                response_ms_p50_n,
                customer_valence_n,
                valence_shift_n
            ]
        ) as n,
        unnest(
            [
                talk_ratio_mean,
                silence_ratio_mean,
                dead_air_s_mean,
                overlap_s_mean,
                response_ms_p50_mean,
                customer_valence_mean,
                valence_shift_mean
            ]
        ) as mean,
        unnest(
            [
                talk_ratio_sd,
                silence_ratio_sd,
                dead_air_s_sd,
                overlap_s_sd,
                response_ms_p50_sd,
                customer_valence_sd,
                valence_shift_sd
            ]
        ) as sd,
        unnest(
            [
                talk_ratio_ci_low,
                silence_ratio_ci_low,
                dead_air_s_ci_low,
                overlap_s_ci_low,
                response_ms_p50_ci_low,
                customer_valence_ci_low,
                valence_shift_ci_low
            ]
        ) as ci_low,
        unnest(
            [
                talk_ratio_ci_high,
                silence_ratio_ci_high,
                dead_air_s_ci_high,
                overlap_s_ci_high,
                response_ms_p50_ci_high,
                customer_valence_ci_high,
                valence_shift_ci_high
            ]
        ) as ci_high
    from calls_daily
    where list_contains(cast($days as date[]), call_date)
)

select
    call_date,
    queue,
    'calls' as what,
    day_rows.calls as found,
    landed.calls as expected
from day_rows full outer join landed using (call_date, queue)  -- noqa: ST07
where day_rows.calls is distinct from landed.calls
union all
select
    call_date,
    queue,
    'statuses' as what,
    ok + partial + failed + quarantined as found,
    calls as expected
from day_rows
where ok + partial + failed + quarantined <> calls
union all
select
    call_date,
    queue,
    'defects, escalated, recovered' as what,
    greatest(defects, escalated, recovered) as found,
    calls as expected
from day_rows
where greatest(defects, escalated, recovered) > calls
union all
select
    call_date,
    queue,
    metric as what,
    mean as found,
    null as expected
from figures
where
    (n > calls)
    or (n = 0) <> (mean is null)
    or (n < 2) <> (ci_low is null or ci_high is null)
    or not coalesce(mean between ci_low - 1e-6 and ci_high + 1e-6, true)
    or (sd < 0)
    or (metric like '%\_ratio' escape '\' and mean not between 0 and 1)
    or (metric = 'negative_share' and mean not between 0 and 1)
    or (metric = 'customer_valence' and mean not between -5 and 5)
    or (metric = 'valence_shift' and mean not between -10 and 10)
    or (metric not like '%valence%' and mean < 0)
