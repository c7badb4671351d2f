-- list_rule_agents: who took the calls of list_rule_calls, with the team of that day: the agent of the first recording.
select
    calls.call_id,
    calls.agent_id,
    call_agents.team
from calls
left join call_agents on calls.call_id = call_agents.call_id and calls.agent_id = call_agents.agent_id
where
    calls.status in ('ok', 'partial', 'failed')
    and calls.call_date between $first_day and $last_day
    and calls.call_id between $first_call and $last_call
