-- In how many calls did somebody switch the language, by queue and over all?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : all or queue
-- column key : the queue, 'unknown' where none is known; of all it is all
-- column calls : calls of which that is known
-- column switched : calls in which agent or customer switched
-- column by_agent : calls in which the agent did
-- column by_customer : calls in which the customer did
select
    case grouping(queue) when 1 then 'all' else 'queue' end as dimension,
    coalesce(queue, 'all') as key,
    count(*) as calls,
    count(*) filter (where code_switches > 0) as switched,
    count(*) filter (where agent_code_switches > 0) as by_agent,
    count(*) filter (where customer_code_switches > 0) as by_customer
from (
    select
        call_metrics.code_switches,
        call_metrics.agent_code_switches,
        call_metrics.customer_code_switches,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where
        call_metrics.code_switches is not null
        and calls.status <> 'quarantined'
        and call_metrics.call_date between $from_date and $to_date
) as known
group by grouping sets ((), (queue))
order by dimension asc, switched desc, key asc
