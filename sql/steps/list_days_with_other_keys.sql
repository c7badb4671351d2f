-- list_days_with_other_keys: the days of which recordings_by_day knows another number of channels than call_channels
-- has.
with channels as (
    select
        call_date,
        count(*) as number
    from call_channels
    where call_date is not null
    group by call_date
)

select coalesce(channels.call_date, recordings_by_day.call_date) as call_date
from channels
full join recordings_by_day on channels.call_date = recordings_by_day.call_date
where channels.number is distinct from recordings_by_day.channels
order by call_date
