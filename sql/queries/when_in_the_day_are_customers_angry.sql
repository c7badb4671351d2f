-- When in the day are customers angry?
--
-- Calls by the hour they began, in the time zone of your choice, and how many had an angry customer: the hours
-- at which a supervisor is needed.
--
-- param time_zone varchar = UTC : name of the time zone of the hours, such as Asia/Shanghai
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column hour : hour of the day, 0 to 23
-- column calls : calls with a customer transcript that began in it
-- column angry_calls : those with an angry customer
-- column angry_share : angry_calls ÷ calls
with angry_by_call as (
    select
        call_id,
        count(*) filter (where emotion = 'angry') > 0 as is_angry
    from sentences
    where role = 'customer'
    group by call_id
)

select
    hour(calls.started_at at time zone $time_zone) as hour,
    count(*) as calls,
    count(*) filter (where angry_by_call.is_angry) as angry_calls,
    round(angry_calls / count(*), 2) as angry_share
from angry_by_call
inner join calls on angry_by_call.call_id = calls.call_id
where
    calls.started_at is not null
    and calls.call_date between $from_date and $to_date
group by hour
order by hour
