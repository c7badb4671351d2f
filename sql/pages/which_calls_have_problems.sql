-- Which calls were not transcribed in full, and why?
--
-- Quarantined ones first, then failed ones; the newest first. Recordings without a date are listed with any dates.
--
-- param limit integer : calls at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column call_date : its day; null where it has none
-- column status : quarantined, failed, partial or pending
-- column reason : the reason's code
-- column message : the reason, and what to do about it, in a sentence
select
    call_id,
    call_date,
    status,
    status_reason as reason,
    status_message as message
from calls
where status <> 'ok' and (call_date is null or call_date between $from_date and $to_date)
order by
    case status when 'quarantined' then 0 when 'failed' then 1 else 2 end asc,
    call_date desc nulls first,
    call_id asc
limit $limit
