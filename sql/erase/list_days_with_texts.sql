-- list_days_with_texts: days before the day $before with calls, other than $held, whose texts are still there.
select distinct call_date
from calls
where
    call_date < $before
    and text_deleted_at is null
    and status in ('ok', 'partial', 'failed')
    and not list_contains($held::varchar[], call_id)
