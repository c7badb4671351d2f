-- Failing rows: channels of $days with a defect of their sound, and what was done about it.
select
    call_id,
    channel_id,
    role,
    array_to_string(defects, ', ') as defects,
    action
from acoustics
where len(defects) > 0 and in_days(call_date, $days)
order by call_id, channel_id
