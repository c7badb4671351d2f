-- Who talked over whom?
--
-- Interruptions as docs/metrics.md defines them, longest first: what was cut into, and with what. Back-channels
-- ("mm-hm") and the short overlaps with which people take turns are none.
--
-- param min_overlap_s double = 0 : shortest time that both spoke, in seconds
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column interrupted_by : the role that began while the other spoke
-- column begin_s : seconds into the recording
-- column overlap_s : how long both spoke
-- column was_saying : the turn that was running
-- column said_over_it : the turn that began over it
select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    later.role as interrupted_by,
    round(later.begin_ms / 1000.0, 1) as begin_s,
    round(later.interruption_ms / 1000.0, 1) as overlap_s,
    earlier.text as was_saying,
    later.text as said_over_it
from turns as later
inner join turns as earlier
    on
        later.call_id = earlier.call_id
        and later.interrupted_turn_id = earlier.turn_id
inner join calls on later.call_id = calls.call_id
where
    later.interrupts
    and later.interruption_ms >= 1000 * $min_overlap_s
    and calls.call_date between $from_date and $to_date
order by overlap_s desc, calls.call_id asc, begin_s asc
