-- list_recordings_by_day: of each of $days the number of its channels, and four bytes of a hash of each recording.
select
    call_date,
    cast(count(*) as integer) as channels,
    list_sort(
        list(distinct cast(md5_number_lower(recording_id) & 4294967295 as uinteger))
        filter (where recording_id is not null)
    ) as keys
from call_channels
where in_days(call_date, $days)
group by call_date
