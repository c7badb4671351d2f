-- Failing rows: files of $days that belong to more than one usable call of $days or of the $other_days.
with day_files as (
    select call_channels.recording_id
    from call_channels
    inner join calls on call_channels.call_id = calls.call_id
    where calls.status <> 'quarantined' and in_days(calls.call_date, $days) and in_days(call_channels.call_date, $days)
),

seen as (select list_concat(cast($days as date[]), cast($other_days as date[])) as days),

owners as (
    select distinct
        call_channels.recording_id,
        call_channels.call_id
    from call_channels
    where
        in_days(call_channels.call_date, (select seen.days from seen))
        and call_channels.recording_id in (select day_files.recording_id from day_files)
)

select
    owners.recording_id,
    count(*) as calls
from owners
inner join calls on owners.call_id = calls.call_id
where calls.status <> 'quarantined' and in_days(calls.call_date, (select seen.days from seen))
group by owners.recording_id
having count(*) > 1
