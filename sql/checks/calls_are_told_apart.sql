-- Failing rows: files of $days that belong to more than one usable call, on any day.
with day_files as (
    select call_channels.recording_id
    from call_channels
    inner join calls on call_channels.call_id = calls.call_id
    where calls.status <> 'quarantined' and in_days(calls.call_date, $days)
),

owners as (
    select distinct
        call_channels.recording_id,
        call_channels.call_id
    from call_channels
    where call_channels.recording_id in (select day_files.recording_id from day_files)
)

select
    owners.recording_id,
    count(*) as calls
from owners
inner join calls on owners.call_id = calls.call_id
where calls.status <> 'quarantined'
group by owners.recording_id
having count(*) > 1
