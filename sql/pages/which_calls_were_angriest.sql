-- In which calls were customers angriest?
--
-- param limit integer : calls at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column agent_id : who took it
-- column agent_name : the agent's name
-- column queue : where it came in
-- column angry_s : seconds of angry speech; null where the transcript has no times
-- column angry_share : their share of the customer's labelled speech
with labelled as (
    select
        call_id,
        sum(speech_s) as angry_s,
        sum(share) as angry_share
    from emotions
    where role = 'customer' and emotion = 'angry' and call_date between $from_date and $to_date
    group by call_id
    having angry_share > 0
    order by angry_s desc nulls last, angry_share desc, call_id asc
    limit $limit
)

select
    calls.call_id,
    calls.agent_id,
    coalesce(agents.name, calls.agent_name) as agent_name,
    calls.queue,
    labelled.angry_s,
    labelled.angry_share
from labelled
inner join calls on labelled.call_id = calls.call_id
left join agents
    on
        trim(calls.agent_id) = agents.agent_id
        and coalesce(calls.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
        and coalesce(calls.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
order by labelled.angry_s desc nulls last, labelled.angry_share desc, calls.call_id asc
