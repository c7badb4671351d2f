-- list_voices_of_days: what was told of the voices of calls of $days.
select
    call_id,
    voices,
    separation,
    unsure_reason,
    segments
from call_voices
where in_days(call_date, $days)
order by call_id
