-- Who spoke in turn with whom?
--
-- param call_id varchar : the call
--
-- column turn_id : counts the call's turns, from 0
-- column role : agent or customer
-- column begin_ms : where it begins
-- column end_ms : where it ends
-- column channel_id : the channel of its sentences
-- column first_sentence_id : its first sentence there
-- column last_sentence_id : its last
-- column gap_ms : silence before it
-- column overlap_ms : how long the other role speaks at the same time
-- column is_backchannel : whether it only shows that one listens
-- column interrupts : whether it cuts the other role short
-- column interrupted_turn_id : the turn that is cut short
-- column interruption_ms : how long both speak at the interruption
select
    turn_id,
    role,
    begin_ms,
    end_ms,
    channel_id,
    first_sentence_id,
    last_sentence_id,
    gap_ms,
    overlap_ms,
    is_backchannel,
    interrupts,
    interrupted_turn_id,
    interruption_ms
from turns
where call_id = $call_id
order by turn_id
