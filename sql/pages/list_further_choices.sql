-- Which agents and queues occur in calls of several recordings?
--
-- One row of lists; a list is null where nothing occurs.
--
-- column agents : ids of agents
-- column queues : queues
select
    list(distinct call_channels.agent_id) filter (where call_channels.agent_id is not null) as agents,
    list(distinct call_channels.queue) filter (where call_channels.queue is not null) as queues
from call_channels
inner join calls on call_channels.call_id = calls.call_id
where calls.recordings > 1
