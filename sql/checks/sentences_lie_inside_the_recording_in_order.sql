-- Failing rows: sentences of $days that end before they begin, end more than 1 s after the recording does, or begin
-- before the sentence ahead of them on the same channel. Sentences without times (of models that give none) must have
-- neither a begin nor an end.
with placed as (
    select
        sentences.call_id,
        sentences.channel_id,
        sentences.sentence_id,
        sentences.begin_ms,
        sentences.end_ms,
        calls.duration_s,
        lag(sentences.begin_ms, 1, 0) over (
            partition by sentences.call_id, sentences.channel_id order by sentences.sentence_id
        ) as earlier_begin_ms
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    where in_days(sentences.call_date, $days) and in_days(calls.call_date, $days)
)

select * from placed
where
    (begin_ms is null) <> (end_ms is null)
    or end_ms < begin_ms
    or end_ms > duration_s * 1000 + 1001
    or begin_ms < earlier_begin_ms
