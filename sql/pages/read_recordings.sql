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
    call_channels.segment,
    min(call_channels.offset_ms) as begin_ms,
    max(call_channels.offset_ms + cast(round(call_channels.duration_s * 1000) as bigint)) as end_ms,
    cast(min(call_channels.started_at) as timestamp) as started_at,
    max(call_channels.agent_id) as agent_id,
    max(coalesce(agents.name, call_channels.agent_name)) as agent_name,
    max(call_channels.queue) as queue,
    list(distinct call_channels.source_uri order by call_channels.source_uri) as source_uris,
    not bool_or(call_channels.role in ('agent', 'customer', 'mixed')) as is_parallel
from call_channels
left join agents
    on
        trim(call_channels.agent_id) = agents.agent_id
        and coalesce(call_channels.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
        and coalesce(call_channels.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
where call_channels.call_id = $call_id
group by call_channels.segment
order by call_channels.segment
