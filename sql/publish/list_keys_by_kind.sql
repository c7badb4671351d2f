-- list_keys_by_kind: the calls, the recordings of usable ones and those of tasks that the views calls, call_channels
-- and transcription_tasks show, as the hashes of list_keys. What is published of one kind is on one day alone. A call
-- that is set aside gives its id and no recording, which may be of another call.
with usable as (
    select call_id
    from calls
    where status <> 'quarantined'
)

select
    'call' as kind,
    md5_number_lower('call ' || call_id) as key
from calls
union
select
    'channel' as kind,
    md5_number_lower('recording ' || recording_id) as key
from call_channels
where recording_id is not null and call_id in (select usable.call_id from usable)
union
select
    'task' as kind,
    md5_number_lower('recording ' || recording_id) as key
from transcription_tasks
