-- Failing rows: recordings of $days that belong to more than one usable call, on any day.
select
    recording_id,
    count(*) as calls
from calls
where
    status <> 'quarantined'
    and recording_id in (
        select day_calls.recording_id from calls as day_calls
        where list_contains(cast($days as date[]), day_calls.call_date)
    )
group by recording_id
having count(*) > 1
