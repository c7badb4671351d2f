-- Who are the agents, by the list of people?
--
-- One row per agent and period; none where nobody has written a list.
--
-- column agent_id : the agent
-- column valid_from : first day of the period; null: it has always been so
-- column valid_to : last day of the period; null: it is still so
-- column name : the agent's name
-- column team : the team
-- column supervisor : the supervisor, as people.csv writes it
-- column hired_at : day on which the agent was hired
select
    agent_id,
    valid_from,
    valid_to,
    name,
    team,
    supervisor,
    hired_at
from agents
order by agent_id asc, valid_from asc nulls first
