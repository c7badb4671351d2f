-- find_arriving_keys: the calls, the recordings of usable ones and those of tasks that the working database, attached
-- as warehouse, has under $days or under no day, as the hashes of list_keys. Days and none are asked for one by one: so
-- other days are passed over.
with arriving as (
    select
        call_id,
        status
    from warehouse.calls
    where in_days(call_date, $days) and status <> 'pending'
    union all
    select
        call_id,
        status
    from warehouse.calls
    where call_date is null and status <> 'pending'
),

channels as (
    select
        call_id,
        recording_id
    from warehouse.call_channels
    where in_days(call_date, $days)
    union all
    select
        call_id,
        recording_id
    from warehouse.call_channels
    where call_date is null
),

usable as (
    select call_id
    from arriving
    where status <> 'quarantined'
),

tasks as (
    select recording_id
    from warehouse.transcription_tasks
    where in_days(call_date, $days)
    union all
    select recording_id
    from warehouse.transcription_tasks
    where call_date is null
)

select
    'call' as kind,
    md5_number_lower('call ' || call_id) as key
from arriving
union
select
    'channel' as kind,
    md5_number_lower('recording ' || recording_id) as key
from channels
where recording_id is not null and call_id in (select usable.call_id from usable)
union
select
    'task' as kind,
    md5_number_lower('recording ' || recording_id) as key
from tasks
