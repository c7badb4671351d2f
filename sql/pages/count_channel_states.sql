-- In which state is the last attempt at each channel, and why did it fail?
--
-- column state : the state
-- column code : the error's code; null where there is none
-- column channels : channels whose last attempt is in it
-- column oldest : when the oldest of them was sent, or planned, in the reader's time zone
-- column message : what the newest of them says; null where it says nothing
with latest as (
    select
        state,
        code,
        message,
        coalesce(submitted_at, planned_at) as begun_at
    from transcription_tasks
    qualify row_number() over (
        partition by recording_id, channel_id, model, parameters_hash
        order by attempt desc
    ) = 1
)

select
    state,
    code,
    count(*) as channels,
    cast(min(begun_at) as timestamp) as oldest,
    case when code is not null then max_by(message, begun_at) end as message
from latest
group by state, code
order by channels desc, state asc, code asc
