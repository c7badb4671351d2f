-- find_calls: $calls, all calls of $customers, what has a recording of one of them under another id, and what was set
-- aside because of one of them.
with meant as (
    select call_id
    from calls
    where list_contains($calls::varchar[], call_id) or list_contains($customers::varchar[], customer_id)
),

recorded as (
    select recording_id
    from call_channels
    where call_id in (select meant.call_id from meant)
    union
    select recording_id
    from calls
    where call_id in (select meant.call_id from meant)
)

select call_id from meant
union
select call_id
from calls
where recording_id in (select recorded.recording_id from recorded where recorded.recording_id is not null)
union
select call_id
from call_channels
where recording_id in (select recorded.recording_id from recorded where recorded.recording_id is not null)
union
select calls.call_id
from calls
inner join
    meant
    on
        calls.status = 'quarantined'
        and regexp_matches(calls.status_message, '(^|[^0-9A-Za-z])' || regexp_escape(meant.call_id) || '($|[^0-9A-Za-z])')
