-- list_calls_to_answer: the calls of the days in $days that can be evaluated, with their metrics, and with what makes
-- these doubtful: defects by role, several agents. Calls that nobody has transcribed are among them, without metrics.
with defective as (
    select
        acoustics.call_id,
        list(distinct defect.name) filter (where acoustics.role = 'agent') as agent_defects,
        list(distinct defect.name) filter (where acoustics.role = 'customer') as customer_defects
    from acoustics
    cross join unnest(acoustics.defects) as defect (name)
    where in_days(acoustics.call_date, $days)
    group by acoustics.call_id
),

took_part as (
    select
        call_id,
        count(*) as agents,
        any_value(team) as team,
        any_value(supervisor) as supervisor
    from call_agents
    where in_days(call_date, $days)
    group by call_id
)

select
    calls.call_id,
    calls.call_date,
    calls.status,
    calls.queue,
    calls.direction,
    calls.language,
    calls.agent_id,
    calls.customer_id,
    took_part.team,
    took_part.supervisor,
    coalesce(took_part.agents, 0) as agents,
    coalesce(calls.voices_unsure, false) as voices_unsure,
    coalesce(defective.agent_defects, []) as agent_defects,
    coalesce(defective.customer_defects, []) as customer_defects,
    call_metrics.* exclude (call_id, call_date, loaded_at) -- noqa: RF02, AM04
from calls
left join call_metrics on calls.call_id = call_metrics.call_id
left join defective on calls.call_id = defective.call_id
left join took_part on calls.call_id = took_part.call_id
where in_days(calls.call_date, $days) and calls.status in ('ok', 'partial', 'failed')
order by calls.call_id
