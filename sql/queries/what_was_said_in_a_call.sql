-- What was said in a call?
--
-- Both roles in the order of time, sentence by sentence. Without a call_id, the newest call that has a transcript.
--
-- param call_id varchar = null : the call; null for the newest
--
-- column call_id : the call
-- column begin_s : seconds into the recording
-- column end_s : seconds into the recording
-- column role : who spoke
-- column language : language code; null where the engine gave none
-- column emotion : emotion; null where nobody labelled it
-- column said : the sentence
with newest as (
    select call_id
    from calls
    where call_id in (select transcripts.call_id from transcripts)
    order by started_at desc nulls last, call_date desc nulls last, call_id desc
    limit 1
)

select
    call_id,
    round(begin_ms / 1000.0, 1) as begin_s,
    round(end_ms / 1000.0, 1) as end_s,
    role,
    language,
    emotion,
    text as said
from sentences
where call_id = coalesce($call_id, (select newest.call_id from newest))
order by begin_ms, role, sentence_id
