-- How did customers feel, day by day?
--
-- Customer speech of each day by emotion. Speech that nobody labelled stands as its own row, emotion null; it is
-- not counted as neutral.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
-- param queue varchar = null : only this queue
--
-- column call_date : the day
-- column emotion : emotion; null where nobody labelled it
-- column calls : calls in which it was heard
-- column speech_s : seconds of customer speech; null where the model gives no times
-- column share_of_day : that ÷ all customer speech of the day
with felt as (
    select
        calls.call_date,
        sentences.emotion,
        count(distinct sentences.call_id) as calls,
        sum(sentences.end_ms - sentences.begin_ms) / 1000.0 as speech_s
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    where
        sentences.role = 'customer'
        and calls.call_date between $from_date and $to_date
        and ($queue is null or calls.queue = $queue)
    group by calls.call_date, sentences.emotion
)

select
    call_date,
    emotion,
    calls,
    round(speech_s, 1) as speech_s,
    round(speech_s / nullif(sum(speech_s) over (partition by call_date), 0), 2) as share_of_day
from felt
order by call_date asc, speech_s desc, emotion asc
