-- How do agents open their calls?
--
-- The agent's first sentence of each call, when it came and in which emotion: for reading greetings side by side.
-- Transcripts without times are left out: they are not cut into sentences.
--
-- param agent_id varchar = null : only this agent
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column agent_id : the agent
-- column call_id : the call
-- column call_date : the day of the call
-- column begin_s : seconds into the recording
-- column language : language code
-- column emotion : emotion; null where nobody labelled it
-- column said : the first sentence
select
    calls.agent_id,
    calls.call_id,
    calls.call_date,
    round(sentences.begin_ms / 1000.0, 1) as begin_s,
    sentences.language,
    sentences.emotion,
    sentences.text as said
from sentences
inner join calls on sentences.call_id = calls.call_id
where
    sentences.role = 'agent'
    and sentences.begin_ms is not null
    and ($agent_id is null or calls.agent_id = $agent_id)
    and calls.call_date between $from_date and $to_date
qualify row_number() over (partition by sentences.call_id order by sentences.begin_ms, sentences.sentence_id) = 1
order by calls.agent_id, calls.call_date, calls.call_id
