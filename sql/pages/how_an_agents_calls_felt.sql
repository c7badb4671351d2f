-- How did both roles feel in an agent's calls?
--
-- Speech whose transcript has no times, and speech without a label, is left out.
--
-- param agent varchar : the agent's id
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column role : agent or customer
-- column emotion : the emotion
-- column speech_s : seconds the role spoke in it
select
    emotions.role,
    emotions.emotion,
    sum(emotions.speech_s) as speech_s
from emotions
inner join agent_calls on emotions.call_id = agent_calls.call_id
where
    agent_calls.agent_id = $agent  -- noqa: RF02
    and emotions.call_date between $from_date and $to_date
    and emotions.role in ('agent', 'customer')
    and emotions.speech_s is not null
group by emotions.role, emotions.emotion
order by emotions.role, emotions.emotion
