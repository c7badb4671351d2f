-- In which queues did an agent take calls, the one with the most first?
--
-- param agent varchar : the agent's id
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column queue : the queue; 'unknown' where none is known
-- column calls : calls with figures
select
    coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
    count(*) as calls
from agent_calls
inner join calls on agent_calls.call_id = calls.call_id
where agent_calls.agent_id = $agent and agent_calls.call_date between $from_date and $to_date  -- noqa: RF02
group by queue
order by calls desc, queue asc
