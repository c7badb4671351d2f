-- counts_daily: how many calls each group of the days in $days had, and what became of them.
-- both_roles counts calls that have both roles with times. definition_version is that of all rows behind the group's
-- metrics, engine the one that made all of the group's transcripts; 'mixed' where they differ.
with measured as (
    select
        call_metrics.call_id,
        null as agent_id,
        call_metrics.escalated,
        call_metrics.recovered,
        call_metrics.silence_s,
        call_metrics.definition_version
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where
        in_days(calls.call_date, $days)
        and in_days(call_metrics.call_date, $days)
        and calls.status <> 'quarantined'
    union all
    select
        call_id,
        agent_id,
        escalated,
        recovered,
        silence_s,
        definition_version
    from agent_metrics
    where in_days(call_date, $days)
),

defective as (
    select distinct call_id
    from acoustics
    where in_days(call_date, $days) and len(defects) > 0
),

made as (
    select
        call_id,
        min(engine) as first_engine,
        max(engine) as last_engine
    from transcripts
    where in_days(call_date, $days) and model <> 'none'
    group by call_id
)

select
    day_calls.call_date,
    day_calls.dimension,
    day_calls.key,
    max(case when day_calls.dimension = 'agent' and day_calls.status <> 'quarantined' then day_calls.agent_name end)
        as agent_name,
    count(*) as calls,
    count(*) filter (where day_calls.status = 'ok') as ok,
    count(*) filter (where day_calls.status = 'partial') as partial,
    count(*) filter (where day_calls.status = 'failed') as failed,
    count(*) filter (where day_calls.status = 'quarantined') as quarantined,
    coalesce(sum(day_calls.duration_s) filter (where day_calls.status <> 'quarantined'), 0) as audio_s,
    count(defective.call_id) as defects,
    count(*) filter (where measured.escalated) as escalated,
    count(*) filter (where measured.recovered) as recovered,
    count(measured.silence_s) as both_roles,
    cast($minimum_n as integer) as minimum_n,
    case count(distinct measured.definition_version)
        when 0 then null
        when 1 then min(measured.definition_version)
        else 'mixed'
    end as definition_version,
    case when min(made.first_engine) < max(made.last_engine) then 'mixed' else min(made.first_engine) end as engine,
    count(measured.silence_s) filter (where on_one_channel.call_id is not null) as told_by_voice
from call_groups($days) as day_calls
left join measured
    on day_calls.call_id = measured.call_id and day_calls.measured_agent is not distinct from measured.agent_id
left join defective on day_calls.call_id = defective.call_id
left join made on day_calls.call_id = made.call_id
left join calls as on_one_channel
    on
        day_calls.call_id = on_one_channel.call_id
        and in_days(on_one_channel.call_date, $days)
        and on_one_channel.form = 'diarized'
group by day_calls.call_date, day_calls.dimension, day_calls.key
