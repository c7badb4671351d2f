-- Which sentence was the last to begin by a moment of the call?
--
-- param call_id varchar : the call
-- param at_ms integer : the moment
--
-- column number : its number, as in read_sentences; 0 before the first
select greatest(count(*) - 1, 0) as number
from sentences
where call_id = $call_id and begin_ms <= $at_ms
