-- How do agents open their calls?
--
-- Each agent's first sentence of each call, when it came and in which emotion: for reading greetings side by side.
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
with said_by as (
    select
        case when calls.recordings > 1 then call_channels.agent_id else calls.agent_id end as agent_id,
        calls.call_id,
        calls.call_date,
        sentences.begin_ms,
        sentences.sentence_id,
        sentences.language,
        sentences.emotion,
        sentences.text
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    left join call_channels
        on
            sentences.call_id = call_channels.call_id
            and sentences.channel_id = call_channels.channel_id
            and coalesce(sentences.segment, 0) = call_channels.segment
    where
        sentences.role = 'agent'
        and sentences.begin_ms is not null
        and calls.call_date between $from_date and $to_date
)

select
    agent_id,
    call_id,
    call_date,
    round(begin_ms / 1000.0, 1) as begin_s,
    language,
    emotion,
    text as said
from said_by
where $agent_id is null or agent_id = $agent_id
qualify row_number() over (partition by call_id, agent_id order by begin_ms, sentence_id) = 1
order by agent_id, call_date, call_id
