-- Failing rows: files of $days that belong to more than one usable call, on any day.
with usable as (
    select distinct
        call_channels.recording_id,
        calls.call_id,
        calls.call_date
    from calls
    inner join call_channels on calls.call_id = call_channels.call_id
    where calls.status <> 'quarantined'
)

select
    recording_id,
    count(*) as calls
from usable
where
    recording_id in (
        select day_calls.recording_id from usable as day_calls
        where in_days(day_calls.call_date, $days)
    )
group by recording_id
having count(*) > 1
