-- Who does the talking?
--
-- The agent's share of all talk, per agent, over calls of which both roles are known with times. Far above a half,
-- the agent lectures; far below, the agent is led.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column agent_id : the agent
-- column agent_name : the agent's name
-- column calls : calls counted
-- column agent_s : seconds the agent spoke
-- column customer_s : seconds the customers spoke
-- column agent_share : agent_s ÷ both
select
    agent_id,
    any_value(agent_name) as agent_name,
    count(*) as calls,
    round(sum(agent_talk_s), 1) as agent_s,
    round(sum(customer_talk_s), 1) as customer_s,
    round(sum(agent_talk_s) / nullif(sum(agent_talk_s + customer_talk_s), 0), 2) as agent_share
from agent_calls
where silence_s is not null and call_date between $from_date and $to_date
group by agent_id
order by agent_share desc nulls last, agent_id asc
