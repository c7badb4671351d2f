-- Of which recordings is a call made, in the order of time?
--
-- param call_id varchar : the call
--
-- column segment : counts the recordings, from 0
-- column begin_ms : where it begins
-- column end_ms : where it ends
-- column started_at : when it began, in the reader's time zone; null where that is not known
-- column agent_id : its agent
-- column agent_name : the agent's name
-- column queue : its queue
-- column source_uris : its files
-- column is_parallel : whether it was recorded beside others, and says nothing of agent and customer
select
    segment,
    min(offset_ms) as begin_ms,
    max(offset_ms + cast(round(duration_s * 1000) as bigint)) as end_ms,
    cast(min(started_at) as timestamp) as started_at,
    max(agent_id) as agent_id,
    max(agent_name) as agent_name,
    max(queue) as queue,
    list(distinct source_uri order by source_uri) as source_uris,
    not bool_or(role in ('agent', 'customer', 'mixed')) as is_parallel
from call_channels
where call_id = $call_id
group by segment
order by segment
