-- find_calls: $call_ids, all calls of $customers, what has a recording of one of them under another id, and what was
-- set aside because of one of them.
with meant as (
    select call_id
    from calls
    where list_contains($call_ids::varchar[], call_id) or list_contains($customers::varchar[], customer_id)
),

recorded as (
    select call_channels.recording_id
    from call_channels
    inner join meant on call_channels.call_id = meant.call_id
    where call_channels.recording_id is not null
    union
    select calls.recording_id
    from calls
    inner join meant on calls.call_id = meant.call_id
    where calls.recording_id is not null
)

select call_id from meant
union
select calls.call_id
from calls
inner join recorded on calls.recording_id = recorded.recording_id
union
select call_channels.call_id
from call_channels
inner join recorded on call_channels.recording_id = recorded.recording_id
union
select calls.call_id
from calls
inner join meant
    on regexp_matches(
        calls.status_message, '(^|[^0-9A-Za-z])' || regexp_escape(meant.call_id) || '($|[^0-9A-Za-z])'
    )
where calls.status = 'quarantined'
