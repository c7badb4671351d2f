-- find_arriving_keys: the calls and recordings that the working database, attached as warehouse, has under $days or
-- under no day, as the hashes of list_keys. Days and none are asked for one by one: so other days are passed over.
with arriving as (
    select call_id
    from warehouse.calls
    where in_days(call_date, $days) and status <> 'pending'
    union all
    select call_id
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

tasks as (
    select recording_id
    from warehouse.transcription_tasks
    where in_days(call_date, $days)
    union all
    select recording_id
    from warehouse.transcription_tasks
    where call_date is null
)

select md5_number_lower('call ' || call_id) as key
from arriving
union
select md5_number_lower('recording ' || recording_id)
from channels
where recording_id is not null and call_id in (select arriving.call_id from arriving)
union
select md5_number_lower('recording ' || recording_id)
from tasks
