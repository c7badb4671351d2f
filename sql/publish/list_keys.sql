-- list_keys: the calls and recordings of the days that the views calls, call_channels and transcription_tasks show, as
-- hashes of 64 bits. Two that are equal by chance cost a look at a day for nothing.
with named as (
    select
        call_date,
        'call ' || call_id as name
    from calls
    union all
    select
        call_date,
        'recording ' || recording_id as name
    from call_channels
    union all
    select
        call_date,
        'recording ' || recording_id as name
    from transcription_tasks
)

select distinct
    call_date,
    md5_number_lower(name) as key
from named
where call_date is not null and name is not null
order by call_date, key
