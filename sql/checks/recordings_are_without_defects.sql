-- Failing rows: channels of $days with a defect of their sound, and what was done about it.
select
    call_id,
    channel_id,
    role,
    array_to_string(defects, ', ') as defects,
    action
from acoustics
where len(defects) > 0 and list_contains(cast($days as date[]), call_date)
order by call_id, channel_id
