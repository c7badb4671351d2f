-- list_days_with_other_keys: the days of which recording_keys has another number of rows than call_channels.
with channels as (
    select
        call_date,
        count(*) as number
    from call_channels
    where call_date is not null
    group by call_date
),

keys as (
    select
        call_date,
        count(*) as number
    from recording_keys
    group by call_date
)

select coalesce(channels.call_date, keys.call_date) as call_date
from channels
full join keys on channels.call_date = keys.call_date
where channels.number is distinct from keys.number
order by call_date
