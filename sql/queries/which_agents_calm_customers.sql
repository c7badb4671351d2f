-- Which agents calm customers?
--
-- Of the calls whose customer began angry, sad, fearful or disgusted (the first labelled sentence), how many
-- ended otherwise (the last labelled sentence). Agents with few such calls come last: two out of two says
-- little about anybody. Transcripts without times are left out: they say how a call was, not how it went.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column agent_id : the agent
-- column agent_name : the agent's name
-- column began_badly : calls whose customer began in a negative emotion
-- column ended_better : those of them that did not end in one
-- column calmed_share : ended_better ÷ began_badly
with first_and_last as (
    select
        call_id,
        arg_min(emotion, (begin_ms, sentence_id)) as first_emotion,
        arg_max(emotion, (begin_ms, sentence_id)) as last_emotion
    from sentences
    where role = 'customer' and emotion is not null and begin_ms is not null
    group by call_id
)

select
    calls.agent_id,
    any_value(calls.agent_name) as agent_name,
    count(*) as began_badly,
    count(*) filter (
        where first_and_last.last_emotion not in ('angry', 'sad', 'fearful', 'disgusted')
    ) as ended_better,
    round(ended_better / began_badly, 2) as calmed_share
from first_and_last
inner join calls on first_and_last.call_id = calls.call_id
where
    first_and_last.first_emotion in ('angry', 'sad', 'fearful', 'disgusted')
    and calls.call_date between $from_date and $to_date
group by calls.agent_id
order by began_badly desc, calmed_share desc, calls.agent_id asc
