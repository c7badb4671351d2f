-- find_arriving_keys: the calls and recordings that the working database, attached as warehouse, has under $days or
-- under no day, as the hashes of list_keys.
with arriving as (
    select call_id
    from warehouse.calls
    where status <> 'pending' and (call_date is null or list_contains(cast($days as date[]), call_date))
)

select distinct md5_number_lower('call ' || call_id) as key
from arriving
union
select md5_number_lower('recording ' || call_channels.recording_id)
from arriving
inner join warehouse.call_channels as call_channels on arriving.call_id = call_channels.call_id
where call_channels.recording_id is not null
union
select md5_number_lower('recording ' || recording_id)
from warehouse.transcription_tasks
where call_date is null or list_contains(cast($days as date[]), call_date)
