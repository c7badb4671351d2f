-- Failing rows of agents_daily for the days in $days: calls that are counted twice or not at all, figures of more calls
-- than there are, means that don't add up to the day's calls, outside their interval or of an impossible size.
with landed as (
    select
        calls.call_date,
        coalesce(nullif(trim(calls.agent_id), ''), 'unknown') as agent_id,
        count(*) as calls,
        count(call_metrics.talk_ratio) as talk_ratio_n,
        sum(call_metrics.talk_ratio) as talk_ratio_sum
    from calls
    left join call_metrics on calls.call_id = call_metrics.call_id
    where list_contains(cast($days as date[]), calls.call_date) and calls.status not in ('pending', 'quarantined')
    group by all
),

day_rows as (
    select * from agents_daily
    where list_contains(cast($days as date[]), call_date)
),

figures as (
    select
        call_date,
        agent_id,
        calls,
        unnest(
            [
                'agent_talk_speed',
                'talk_ratio',
                'agent_interruptions',
                'response_ms_p50',
                'customer_valence',
                'valence_shift',
                'negative_share'
            ]
        ) as metric,
        unnest(
            [
                agent_talk_speed_n,
                talk_ratio_n,
                agent_interruptions_n,
                response_ms_p50_n,
                customer_valence_n,
                valence_shift_n,
                negative_share_n
            ]
        ) as n,
        unnest(
            [
                agent_talk_speed_mean,
                talk_ratio_mean,
                agent_interruptions_mean,
                response_ms_p50_mean,
                customer_valence_mean,
                valence_shift_mean,
                negative_share_mean
            ]
        ) as mean,
        unnest(
            [
                agent_talk_speed_sd,
                talk_ratio_sd,
                agent_interruptions_sd,
                response_ms_p50_sd,
                customer_valence_sd,
                valence_shift_sd,
                negative_share_sd
            ]
        ) as sd,
        unnest(
            [
                agent_talk_speed_ci_low,
                talk_ratio_ci_low,
                agent_interruptions_ci_low,
                response_ms_p50_ci_low,
                customer_valence_ci_low,
                valence_shift_ci_low,
                negative_share_ci_low
            ]
        ) as ci_low,
        unnest(
            [
                agent_talk_speed_ci_high,
                talk_ratio_ci_high,
                agent_interruptions_ci_high,
                response_ms_p50_ci_high,
                customer_valence_ci_high,
                valence_shift_ci_high,
                negative_share_ci_high
            ]
        ) as ci_high
    from agents_daily
    where list_contains(cast($days as date[]), call_date)
)

select
    call_date,
    agent_id,
    'calls' as what,
    day_rows.calls as found,
    landed.calls as expected
from day_rows full outer join landed using (call_date, agent_id)  -- noqa: ST07
where day_rows.calls is distinct from landed.calls
union all
select
    call_date,
    agent_id,
    'talk_ratio' as what,
    day_rows.talk_ratio_n * day_rows.talk_ratio_mean as found,
    landed.talk_ratio_sum as expected
from day_rows inner join landed using (call_date, agent_id)  -- noqa: ST07
where
    day_rows.talk_ratio_n <> landed.talk_ratio_n
    or abs(day_rows.talk_ratio_n * day_rows.talk_ratio_mean - landed.talk_ratio_sum) > 1e-6 * (1 + landed.talk_ratio_n)
union all
select
    call_date,
    agent_id,
    'is_enough' as what,
    n as found,
    minimum_n as expected
from day_rows
where is_enough <> (n >= minimum_n) or n > calls
union all
select
    call_date,
    agent_id,
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
