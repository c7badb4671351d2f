-- Where and by whom were evaluated calls taken?
--
-- One row per call and agent who took part in it; for evaluations that are newer than the snapshot.
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column call_date : its day
-- column queue : the queue
-- column agent_id : an agent
-- column agent_name : the agent's name
-- column team : the team on that day
-- column supervisor : the supervisor on that day
select
    calls.call_id,
    calls.call_date,
    calls.queue,
    call_agents.agent_id,
    call_agents.agent_name,
    call_agents.team,
    call_agents.supervisor
from calls
left join call_agents on calls.call_id = call_agents.call_id
where list_contains($call_ids::varchar[], calls.call_id)
