-- Which calls of several recordings had one of these agents, or went through one of these queues, in any recording?
--
-- param agents varchar[] : ids of agents; null: none
-- param queues varchar[] : queues; null: none
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column by_agent : whether one of the agents took part
-- column by_queue : whether it went through one of the queues
select
    call_channels.call_id,
    coalesce(bool_or(list_contains($agents::varchar[], call_channels.agent_id)), false) as by_agent,
    coalesce(bool_or(list_contains($queues::varchar[], call_channels.queue)), false) as by_queue
from call_channels
inner join calls on call_channels.call_id = calls.call_id
where calls.recordings > 1 and calls.call_date between $from_date and $to_date
group by call_channels.call_id
having by_agent or by_queue
order by call_channels.call_id
