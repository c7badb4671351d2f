-- Which calls are an agent's own, and under which ids and on which days?
--
-- Of an agent of a given id all calls of that id; else those of whoever has the login as e-mail in the list of people,
-- on the days of that line. Of a login that went from one agent to another they are those of the last one: lines of
-- another id count only where they have the same name. A call that several agents took is the own call of each.
--
-- param login varchar : who asks, in lower case
-- param agent_id varchar : the agent's id, where the settings say it; else null
--
-- column call_id : a call; null where the agent has none
-- column agent_id : the agent
-- column valid_from : first day on which the id is this agent's; null: it has always been so
-- column valid_to : last day of it; null: it is still so
with listed as (
    select
        agent_id,
        valid_from,
        valid_to,
        name,
        coalesce(valid_from, date '0001-01-01') as begins_on
    from agents
    where $agent_id is null and email = $login and coalesce(valid_from <= current_date, true)
),

newest as (
    select
        max_by(agent_id, begins_on) as agent_id,
        max_by(trim(name), begins_on) as name
    from listed
),

own as (
    select
        listed.agent_id,
        listed.valid_from,
        listed.valid_to
    from listed
    inner join newest on listed.agent_id = newest.agent_id or trim(listed.name) = newest.name
    union all
    select
        $agent_id as agent_id,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    where $agent_id is not null
)

select
    call_agents.call_id,
    own.agent_id,
    own.valid_from,
    own.valid_to
from own
left join call_agents
    on
        own.agent_id = call_agents.agent_id
        and coalesce(call_agents.call_date, date '9999-12-31') >= coalesce(own.valid_from, date '0001-01-01')
        and coalesce(call_agents.call_date, date '9999-12-31') <= coalesce(own.valid_to, date '9999-12-31')
