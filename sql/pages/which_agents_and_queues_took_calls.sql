-- Which agents and which queues took calls, those with the most first?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : agent or queue
-- column key : the agent's id or the queue; 'unknown' where none is known
-- column name : the agent's name; null for a queue
-- column calls : calls, quarantined ones left out
-- column n : those whose both roles are known with times
select
    dimension,
    key,
    max(agent_name) as name,
    cast(sum(calls - quarantined) as bigint) as calls,
    cast(sum(both_roles) as bigint) as n
from counts_daily
where dimension <> 'all' and calls > quarantined and call_date between $from_date and $to_date
group by dimension, key
order by dimension asc, n desc, calls desc, key asc
