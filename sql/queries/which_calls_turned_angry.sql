-- Which calls turned angry?
--
-- Calls whose customer did not begin angry and was angry later, with the sentence that showed it first.
-- The longest anger comes first. Sentences that nobody labelled do not count either way.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
-- param queue varchar = null : only this queue
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column angry_from_s : seconds into the recording at which the first angry sentence begins
-- column emotion_before : the customer's emotion one labelled sentence earlier
-- column said : the first angry sentence
-- column angry_s : seconds of angry customer speech in the whole call
with labelled as (
    select
        call_id,
        begin_ms,
        end_ms,
        emotion,
        text,
        row_number() over (partition by call_id order by begin_ms, sentence_id) as place,
        lag(emotion) over (partition by call_id order by begin_ms, sentence_id) as emotion_before
    from sentences
    where role = 'customer' and emotion is not null
),

angry as (
    select
        call_id,
        min(place) as place,
        sum(end_ms - begin_ms) / 1000.0 as angry_s
    from labelled
    where emotion = 'angry'
    group by call_id
)

select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    round(labelled.begin_ms / 1000.0, 1) as angry_from_s,
    labelled.emotion_before,
    labelled.text as said,
    round(angry.angry_s, 1) as angry_s
from angry
inner join labelled on angry.call_id = labelled.call_id and angry.place = labelled.place
inner join calls on angry.call_id = calls.call_id
where
    angry.place > 1
    and calls.call_date between $from_date and $to_date
    and ($queue is null or calls.queue = $queue)
order by angry_s desc, calls.call_id asc
