-- Which agents and which queues took calls, those with the most first?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : agent or queue
-- column key : the agent's id or the queue; 'unknown' where none is known
-- column name : the agent's name; null for a queue
-- column calls : usable calls
-- column n : those whose both roles are known with times
with taken as (
    select
        'agent' as dimension,
        agent_id as key,
        agent_name as name,
        calls,
        n
    from agents_daily
    where call_date between $from_date and $to_date
    union all
    select
        'queue' as dimension,
        queue as key,
        null as name,
        calls,
        n
    from queues_daily
    where call_date between $from_date and $to_date
)

select
    dimension,
    key,
    max(name) as name,
    cast(sum(calls) as bigint) as calls,
    cast(sum(n) as bigint) as n
from taken
group by dimension, key
order by dimension asc, n desc, calls desc, key asc
