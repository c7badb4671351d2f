-- Which calls, customers and agents have this id or name, or one that begins with it?
--
-- Of all days. Exact ones come first, then the newest.
--
-- param prefix varchar : what was written, in lower case
-- param agents varchar[] : ids of agents whose names begin with it
-- param most integer : rows of each kind
--
-- column kind : call, customer or agent
-- column id : the id
-- column name : of an agent, the newest name; else null
-- column calls : calls with this id
-- column last_date : the newest of them
with found as (
    select
        'call' as kind,
        call_id as id,
        cast(null as varchar) as name,
        call_date
    from calls
    where starts_with(lower(call_id), $prefix)
    union all
    select
        'customer' as kind,
        customer_id as id,
        cast(null as varchar) as name,
        call_date
    from calls
    where
        starts_with(lower(customer_id), $prefix)
        or starts_with(translate(lower(customer_id), ' ()/.-+', ''), nullif(translate($prefix, ' ()/.-+', ''), ''))
    union all
    select
        'agent' as kind,
        agent_id as id,
        agent_name as name,
        call_date
    from calls
    where starts_with(lower(agent_id), $prefix) or list_contains($agents::varchar[], agent_id)
)

select
    kind,
    id,
    max_by(name, call_date) as name,
    count(*) as calls,
    max(call_date) as last_date
from found
group by kind, id
qualify
    row_number() over (partition by kind order by lower(id) = $prefix desc, max(call_date) desc nulls last, id) <= $most
order by lower(id) = $prefix desc, kind asc, last_date desc nulls last, id asc
