-- Which recordings were quarantined, and why?
--
-- What was never sent for transcription, with the reason and the way out. A recording without a date is always
-- listed: no range of dates would find it.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
-- param reason varchar = null : only this reason code
--
-- column call_id : the call, or the file's name where nothing better is known
-- column call_date : the day of the call; null when unknown
-- column reason : the reason's code
-- column message : the reason in a sentence, and what to do
-- column source_uri : where the recording is
select
    call_id,
    call_date,
    status_reason as reason,
    status_message as message,
    source_uri
from calls
where
    status = 'quarantined'
    and (call_date is null or call_date between $from_date and $to_date)
    and ($reason is null or status_reason = $reason)
order by call_date nulls first, call_id
