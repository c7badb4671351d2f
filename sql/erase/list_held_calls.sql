-- list_held_calls: all calls of $customers, whatever their state and whether or not their texts are still there.
select call_id
from calls
where list_contains($customers::varchar[], customer_id)
