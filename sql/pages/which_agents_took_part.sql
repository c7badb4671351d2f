-- Which agents took part in calls, in the order of time?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call; one without a known agent has no row
-- column agents : the agents' names, or their ids where no name is known
select
    call_id,
    list(coalesce(agent_name, agent_id) order by first_segment) as agents
from call_agents
where list_contains($call_ids::varchar[], call_id)
group by call_id
