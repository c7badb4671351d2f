-- find_calls: $call_ids, all calls of $customers, what has a recording of one of them under another id, and what was
-- set aside because of one of them, as its message says. Recordings that were set aside as $worthless say nothing of
-- whose they are: all empty files are the same file.
with meant as (
    select call_id
    from calls
    where list_contains($call_ids::varchar[], call_id) or list_contains($customers::varchar[], customer_id)
),

heard as (
    select
        call_id,
        recording_id
    from calls
    where not (status = 'quarantined' and coalesce(list_contains($worthless::varchar[], status_reason), false))
),

duplicates as (
    select
        call_id,
        status_message
    from calls
    where status = 'quarantined' and list_contains($duplicates::varchar[], status_reason)
),

recorded as (
    select call_channels.recording_id
    from call_channels
    inner join meant on call_channels.call_id = meant.call_id
    inner join heard on meant.call_id = heard.call_id
    where call_channels.recording_id is not null
    union
    select heard.recording_id
    from heard
    inner join meant on heard.call_id = meant.call_id
    where heard.recording_id is not null
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
select duplicates.call_id
from duplicates
inner join meant
    on
        contains(duplicates.status_message, ' the recording of call ' || meant.call_id || ';')
        or contains(duplicates.status_message, ' the recording of call ' || meant.call_id || ' (')
        or contains(duplicates.status_message, ' are the parts of call ' || meant.call_id || ' and are taken in ')
        or contains(duplicates.status_message, ' has the call id ' || meant.call_id || ', which another recording')
