-- find_calls: $call_ids, all calls of $customers, what has a recording of one of them under another id, and what was
-- set aside because of one of them, as its message says. Recordings that were set aside as $worthless say nothing of
-- whose they are: all empty files are the same file.
with meant as (
    select call_id
    from calls
    where list_contains($call_ids::varchar[], call_id) or list_contains($customers::varchar[], customer_id)
),

recorded as (
    select call_channels.recording_id
    from call_channels
    inner join meant on call_channels.call_id = meant.call_id
    inner join calls on meant.call_id = calls.call_id
    where
        call_channels.recording_id is not null
        and not (calls.status = 'quarantined' and list_contains($worthless::varchar[], calls.status_reason))
    union
    select calls.recording_id
    from calls
    inner join meant on calls.call_id = meant.call_id
    where
        calls.recording_id is not null
        and not (calls.status = 'quarantined' and list_contains($worthless::varchar[], calls.status_reason))
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
    on
        contains(calls.status_message, ' the recording of call ' || meant.call_id || ';')
        or contains(calls.status_message, ' the recording of call ' || meant.call_id || ' (')
        or contains(calls.status_message, ' are the parts of call ' || meant.call_id || ' and are taken in ')
        or contains(calls.status_message, ' has the call id ' || meant.call_id || ', which another recording')
where calls.status = 'quarantined' and list_contains($duplicates::varchar[], calls.status_reason)
