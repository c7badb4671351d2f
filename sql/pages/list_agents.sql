-- Which agents are there, and what are they called?
--
-- column agent_id : the agent
-- column agent_name : the newest name; null where none is known
select
    agent_id,
    max_by(agent_name, call_date) as agent_name
from (
    select
        agent_id,
        agent_name,
        call_date
    from calls
    union all
    select
        call_channels.agent_id,
        call_channels.agent_name,
        call_channels.call_date
    from call_channels
) as named
where agent_id is not null
group by agent_id
order by agent_id
