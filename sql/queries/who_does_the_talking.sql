-- Who does the talking?
--
-- The agent's share of all speech, per agent, over calls with both roles transcribed. Far above a half, the agent
-- lectures; far below, the agent is led. Calls with a transcript without times are left out.
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
    calls.agent_id,
    any_value(calls.agent_name) as agent_name,
    count(distinct calls.call_id) as calls,
    round(sum(transcripts.speech_s) filter (where transcripts.role = 'agent'), 1) as agent_s,
    round(sum(transcripts.speech_s) filter (where transcripts.role = 'customer'), 1) as customer_s,
    round(
        sum(transcripts.speech_s) filter (where transcripts.role = 'agent')
        / nullif(sum(transcripts.speech_s), 0), 2
    ) as agent_share
from transcripts
inner join calls on transcripts.call_id = calls.call_id
where
    calls.status = 'ok'
    and not exists (
        select 1 from transcripts as untimed
        where untimed.call_id = calls.call_id and untimed.speech_s is null
    )
    and calls.call_date between $from_date and $to_date
group by calls.agent_id
order by agent_share desc nulls last, calls.agent_id asc
