-- How long was the dead air?
--
-- Every silence of both sides inside a call that lasts longer than min_silence_s, longest first, with who broke
-- it and how. Only calls with both roles transcribed count: half a call is always half silent. Silence before
-- the first and after the last sentence is left out, and so are calls with a transcript without times.
--
-- param min_silence_s double = 3 : shortest silence that counts, in seconds
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column silent_from_s : seconds into the recording at which the silence begins
-- column silence_s : how long it lasts
-- column broken_by : who spoke next
-- column broken_with : what was said next
with spoken as (
    select
        call_id,
        role,
        begin_ms,
        text,
        max(end_ms) over (
            partition by call_id
            order by begin_ms, end_ms
            rows between unbounded preceding and 1 preceding
        ) as silent_from_ms
    from sentences
)

select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    round(spoken.silent_from_ms / 1000.0, 1) as silent_from_s,
    round((spoken.begin_ms - spoken.silent_from_ms) / 1000.0, 1) as silence_s,
    spoken.role as broken_by,
    spoken.text as broken_with
from spoken
inner join calls on spoken.call_id = calls.call_id
where
    spoken.begin_ms - spoken.silent_from_ms > 1000 * $min_silence_s
    and calls.status = 'ok'
    and not exists (
        select 1 from sentences
        where sentences.call_id = calls.call_id and sentences.begin_ms is null
    )
    and calls.call_date between $from_date and $to_date
order by silence_s desc, calls.call_id asc, silent_from_s asc
