-- How many turns does a call have, and which is the last to begin by a moment of it?
--
-- param call_id varchar : the call
-- param at_ms integer : the moment; null for the beginning
--
-- column turns : turns of the call
-- column turn_id : the turn at the moment; 0 before the first
select
    count(*) as turns,
    coalesce(max(turn_id) filter (where begin_ms <= $at_ms), 0) as turn_id
from turns
where call_id = $call_id
