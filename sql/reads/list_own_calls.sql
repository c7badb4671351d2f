-- Which calls are an agent's own, and under which ids?
--
-- Of an agent of a given id all calls of that id; else those of whoever has the login as e-mail in the list of people,
-- on the days of that line. A call in which several agents took part is the own call of each.
--
-- param login varchar : who asks, in lower case
-- param agent_id varchar : the agent's id, where the settings say it; else null
--
-- column call_id : a call; null where the agent has none
-- column agent_id : the agent
with own as (
    select
        agent_id,
        valid_from,
        valid_to
    from agents
    where $agent_id is null and email = $login
    union all
    select
        $agent_id as agent_id,
        null as valid_from,
        null as valid_to
    where $agent_id is not null
)

select
    call_agents.call_id,
    own.agent_id
from own
left join call_agents
    on
        own.agent_id = call_agents.agent_id
        and coalesce(own.valid_from <= call_agents.call_date, own.valid_from is null or own.valid_to is null)
        and coalesce(own.valid_to >= call_agents.call_date, own.valid_to is null)
