-- read_calls_to_export: the calls $ids, and a time for those of which only the day is known.
select
    *,  -- noqa: AM04
    coalesce(cast(call_date as timestamptz), loaded_at) as day_begins_at
from calls
where call_id in (select unnest(cast($ids as varchar[])))
order by call_date, call_id
