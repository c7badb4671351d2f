-- list_calls_to_export: the calls of the days from $from_date to $to_date and the calls $ids, and whether each can be
-- written: which have no transcript, and which models gave no times.
select
    calls.call_id,
    calls.call_date,
    calls.status,
    calls.status_reason,
    calls.call_id in (select transcripts.call_id from transcripts) as is_transcribed,
    (
        select string_agg(distinct transcripts.model, ' and ' order by transcripts.model)
        from transcripts
        where transcripts.call_id = calls.call_id and transcripts.speech_s is null
    ) as models_without_times
from calls
where
    calls.call_date between $from_date and $to_date
    or calls.call_id in (select unnest(cast($ids as varchar[])))
order by calls.call_date, calls.call_id
