-- list_calls_with_texts: calls before the day $before whose texts are still there, each with its day, and whether it is
-- one of $held or of $customers.
select
    call_date,
    call_id,
    list_contains($held::varchar[], call_id)
    or coalesce(list_contains($customers::varchar[], customer_id), false) as is_held
from calls
where call_date < $before and text_deleted_at is null and status in ('ok', 'partial', 'failed')
