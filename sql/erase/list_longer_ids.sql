-- list_longer_ids: ids of other calls and customers of which one of $call_ids or $customers is a part.
with own as (
    select unnest($call_ids::varchar[]) as id
    union
    select unnest($customers::varchar[])
),

known as (
    select call_id as id from calls
    union
    select customer_id from calls
)

select distinct known.id
from known
inner join own on contains(known.id, own.id) and known.id <> own.id
