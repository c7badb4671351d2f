-- queues_daily: how agents did in each queue's calls, for each queue of the days in $days.
-- Of each metric of call_metrics: n calls that have it, their mean, standard deviation and the mean's 95 % interval
-- (Student's t). Words and characters a minute can't be averaged: talk speed is that of the unit most calls have. n
-- alone counts calls of which both roles are known with times; is_enough says that it reaches $minimum_n.
with day_calls as (
    select
        calls.call_date,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
        calls.call_id,
        call_metrics.silence_s,
        call_metrics.definition_version,
        call_metrics.agent_talk_speed_unit,
        call_metrics.agent_talk_speed,
        call_metrics.talk_ratio,
        call_metrics.agent_interruptions,
        call_metrics.response_ms_p50,
        call_metrics.customer_valence,
        call_metrics.valence_shift,
        call_metrics.negative_share
    from calls
    left join call_metrics on calls.call_id = call_metrics.call_id
    where
        list_contains(cast($days as date[]), calls.call_date)
        and calls.status not in ('pending', 'quarantined')
),

counted as (
    select
        call_date,
        queue,
        count(*) as calls,
        count(silence_s) as n,
        cast($minimum_n as integer) as minimum_n,
        count(silence_s) >= $minimum_n as is_enough,
        mode(agent_talk_speed_unit order by agent_talk_speed_unit) as agent_talk_speed_unit,
        case count(distinct definition_version)
            when 0 then null
            when 1 then min(definition_version)
            else 'mixed'
        end as definition_version
    from day_calls
    group by call_date, queue
),

measured as (
    select
        day_calls.call_date,
        day_calls.queue,
        case
            when day_calls.agent_talk_speed_unit = counted.agent_talk_speed_unit then day_calls.agent_talk_speed
        end as agent_talk_speed,
        day_calls.talk_ratio,
        cast(day_calls.agent_interruptions as double) as agent_interruptions,
        day_calls.response_ms_p50,
        day_calls.customer_valence,
        day_calls.valence_shift,
        day_calls.negative_share
    from day_calls
    inner join counted on day_calls.call_date = counted.call_date and day_calls.queue = counted.queue
),

long as (
    select * from measured
    unpivot include nulls (
        figure for metric in (
            agent_talk_speed,
            talk_ratio,
            agent_interruptions,
            response_ms_p50,
            customer_valence,
            valence_shift,
            negative_share
        )
    )
),

figures as (
    select
        call_date,
        queue,
        metric,
        count(figure) as n,
        round(avg(figure), 6) as mean,
        round(stddev_samp(figure), 6) as sd
    from long
    group by call_date, queue, metric
),

intervals as (
    select
        *,
        mean - t_95(n) * sd / sqrt(n) as ci_low,
        mean + t_95(n) * sd / sqrt(n) as ci_high
    from figures
),

wide as (
    select * from intervals
    pivot (
        first(n) as n,
        first(mean) as mean,
        first(sd) as sd,
        first(ci_low) as ci_low,
        first(ci_high) as ci_high
        for metric in (
            'agent_talk_speed',
            'talk_ratio',
            'agent_interruptions',
            'response_ms_p50',
            'customer_valence',
            'valence_shift',
            'negative_share'
        )
        group by call_date, queue
    )
)

select
    counted.*,
    wide.* exclude (call_date, queue)  -- noqa: RF02
from counted
inner join wide on counted.call_date = wide.call_date and counted.queue = wide.queue
