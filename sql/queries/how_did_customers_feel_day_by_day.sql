-- How did customers feel, day by day?
--
-- Customer speech of each day by emotion. Speech that nobody labelled stands as 'unlabelled'; it is not counted as
-- neutral. Calls of models that give no times are counted and add no speech.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
-- param queue varchar = null : only this queue
--
-- column call_date : the day
-- column emotion : emotion, or unlabelled
-- column calls : calls in which it was heard
-- column speech_s : seconds of customer speech
-- column share_of_day : that ÷ all customer speech of the day
with felt as (
    select
        call_date,
        emotion,
        cast(sum(calls) as bigint) as calls,
        sum(speech_s) as speech_s
    from emotions_daily
    where
        role = 'customer'
        and call_date between $from_date and $to_date
        and ($queue is null or queue = $queue)
    group by call_date, emotion
)

select
    call_date,
    emotion,
    calls,
    round(speech_s, 1) as speech_s,
    round(speech_s / nullif(sum(speech_s) over (partition by call_date), 0), 2) as share_of_day
from felt
order by call_date asc, speech_s desc nulls last, emotion asc
