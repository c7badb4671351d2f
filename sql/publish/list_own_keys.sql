-- list_own_keys: what the views calls, call_channels and transcription_tasks show, as find_arriving_keys names it: each
-- of these is on no other published day. Of a call that is set aside the id alone, as its recording may be of another.
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
