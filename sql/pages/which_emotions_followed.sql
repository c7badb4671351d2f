-- Which emotion of a customer followed on which, from one labelled sentence to the next?
--
-- Of the newest calls.
--
-- param calls integer : how many calls are looked at, at most
-- param queues varchar[] : only calls of these queues; null for all
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column emotion : the earlier sentence's
-- column following : the next sentence's, which may be the same
-- column times : how often
-- column calls : in how many calls
-- column call_id : the newest of them
-- column moment_ms : where that happened in it the first time; null where its transcript has no times
-- column looked_at : calls that were looked at
with newest as (
    select
        call_id,
        call_date,
        started_at
    from calls
    where
        status in ('ok', 'partial')
        and call_date between $from_date and $to_date
        and ($queues::varchar[] is null or list_contains($queues::varchar[], queue))
    order by call_date desc, started_at desc nulls last, call_id desc
    limit $calls
),

steps as (
    select
        newest.call_id,
        newest.call_date,
        newest.started_at,
        sentences.emotion,
        lead(sentences.emotion) over in_time as following,
        lead(sentences.begin_ms) over in_time as moment_ms
    from sentences
    inner join newest on sentences.call_id = newest.call_id and sentences.call_date = newest.call_date
    where sentences.role = 'customer' and sentences.emotion is not null
    window in_time as (
        partition by newest.call_id
        order by sentences.begin_ms nulls last, sentences.channel_id, sentences.sentence_id
    )
),

by_call as (
    select
        emotion,
        following,
        call_id,
        call_date,
        started_at,
        count(*) as times,
        min(moment_ms) as moment_ms
    from steps
    where following is not null
    group by emotion, following, call_id, call_date, started_at
)

select
    emotion,
    following,
    cast(sum(times) as bigint) as times,
    count(*) as calls,
    max_by(call_id, (call_date, started_at, call_id)) as call_id,
    max_by(moment_ms, (call_date, started_at, call_id)) as moment_ms,
    (select count(*) from newest as looked) as looked_at
from by_call
group by emotion, following
order by emotion, following
