-- counts_daily: how many calls each group of the days in $days had, and what became of them.
-- both_roles counts calls of which both roles are known with times. definition_version is that of all rows behind the
-- group's metrics, 'mixed' where they differ.
with day_calls as (
    select
        call_groups.*,
        call_metrics.silence_s,
        call_metrics.escalated,
        call_metrics.recovered,
        call_metrics.definition_version
    from call_groups($days) as call_groups
    left join call_metrics on call_groups.call_id = call_metrics.call_id and call_groups.status <> 'quarantined'
),

defective as (
    select distinct call_id
    from acoustics
    where list_contains(cast($days as date[]), call_date) and len(defects) > 0
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
    count(*) filter (where day_calls.escalated) as escalated,
    count(*) filter (where day_calls.recovered) as recovered,
    count(day_calls.silence_s) as both_roles,
    cast($minimum_n as integer) as minimum_n,
    case count(distinct day_calls.definition_version)
        when 0 then null
        when 1 then min(day_calls.definition_version)
        else 'mixed'
    end as definition_version
from day_calls
left join defective on day_calls.call_id = defective.call_id
group by day_calls.call_date, day_calls.dimension, day_calls.key
