-- calls_daily: calls by what became of them, and how they went, for each queue of the days in $days.
-- Of each metric of call_metrics: n calls that have it, their mean, standard deviation and the mean's 95 % interval
-- (Student's t). definition_version is that of all rows behind it, 'mixed' where they differ.
with day_calls as (
    select
        calls.call_id,
        calls.call_date,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
        calls.status,
        calls.duration_s,
        coalesce(call_metrics.escalated, false) as escalated,
        coalesce(call_metrics.recovered, false) as recovered,
        call_metrics.definition_version,
        call_metrics.talk_ratio,
        call_metrics.silence_ratio,
        call_metrics.dead_air_s,
        call_metrics.overlap_s,
        call_metrics.response_ms_p50,
        call_metrics.customer_valence,
        call_metrics.valence_shift
    from calls
    left join call_metrics on calls.call_id = call_metrics.call_id and calls.status <> 'quarantined'
    where list_contains(cast($days as date[]), calls.call_date) and calls.status <> 'pending'
),

defective as (
    select distinct call_id
    from acoustics
    where list_contains(cast($days as date[]), call_date) and len(defects) > 0
),

counted as (
    select
        day_calls.call_date,
        day_calls.queue,
        count(*) as calls,
        count(*) filter (where day_calls.status = 'ok') as ok,
        count(*) filter (where day_calls.status = 'partial') as partial,
        count(*) filter (where day_calls.status = 'failed') as failed,
        count(*) filter (where day_calls.status = 'quarantined') as quarantined,
        coalesce(sum(day_calls.duration_s) filter (where day_calls.status <> 'quarantined'), 0) as audio_s,
        count(defective.call_id) as defects,
        count(*) filter (where day_calls.escalated) as escalated,
        count(*) filter (where day_calls.recovered) as recovered,
        case count(distinct day_calls.definition_version)
            when 0 then null
            when 1 then min(day_calls.definition_version)
            else 'mixed'
        end as definition_version
    from day_calls
    left join defective on day_calls.call_id = defective.call_id
    group by day_calls.call_date, day_calls.queue
),

measured as (
    select
        call_date,
        queue,
        talk_ratio,
        silence_ratio,
        dead_air_s,
        overlap_s,
        response_ms_p50,
        customer_valence,
        valence_shift
    from day_calls
),

long as (
    select * from measured
    unpivot include nulls (
        figure for metric in (
            talk_ratio,
            silence_ratio,
            dead_air_s,
            overlap_s,
            response_ms_p50,
            customer_valence,
            valence_shift
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
            'talk_ratio',
            'silence_ratio',
            'dead_air_s',
            'overlap_s',
            'response_ms_p50',
            'customer_valence',
            'valence_shift'
        )
        group by call_date, queue
    )
)

select
    counted.*,
    wide.* exclude (call_date, queue)  -- noqa: RF02
from counted
inner join wide on counted.call_date = wide.call_date and counted.queue = wide.queue
