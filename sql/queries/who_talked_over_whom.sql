-- Who talked over whom?
--
-- Moments at which one side began to speak while the other still did, longest first: what was cut into, and with
-- what. Short back-channels ("mm-hm") fall below min_overlap_s.
--
-- param min_overlap_s double = 0.5 : shortest overlap that counts, in seconds
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column began_late : the role that began while the other spoke
-- column begin_s : seconds into the recording
-- column overlap_s : how long both spoke
-- column was_saying : the sentence that was running
-- column said_over_it : the sentence that began over it
select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    later.role as began_late,
    round(later.begin_ms / 1000.0, 1) as begin_s,
    round((least(earlier.end_ms, later.end_ms) - later.begin_ms) / 1000.0, 1) as overlap_s,
    earlier.text as was_saying,
    later.text as said_over_it
from sentences as earlier
inner join sentences as later
    on
        earlier.call_id = later.call_id
        and earlier.role <> later.role
        and earlier.begin_ms < later.begin_ms
        and earlier.end_ms > later.begin_ms
inner join calls on earlier.call_id = calls.call_id
where
    least(earlier.end_ms, later.end_ms) - later.begin_ms >= 1000 * $min_overlap_s
    and calls.call_date between $from_date and $to_date
order by overlap_s desc, calls.call_id asc, begin_s asc
