-- Which agents are there, and what are they called?
--
-- Those of the list of people are among them, whether they took calls or not.
--
-- column agent_id : the agent
-- column agent_name : the newest name, that of the list first; null where none is known
select
    agent_id,
    coalesce(max_by(listed_name, day), max_by(agent_name, day)) as agent_name
from (
    select
        agent_id,
        agent_name,
        cast(null as varchar) as listed_name,
        call_date as day
    from calls
    union all
    select
        call_channels.agent_id,
        call_channels.agent_name,
        cast(null as varchar) as listed_name,
        call_channels.call_date as day
    from call_channels
    union all
    select
        agent_id,
        cast(null as varchar) as agent_name,
        name as listed_name,
        coalesce(valid_from, date '0001-01-01') as day
    from agents
) as named
where agent_id is not null
group by agent_id
order by agent_id
