-- Which channels failed, and why?
--
-- Channels whose last attempt failed, with the service's own code and message. A channel that failed once and
-- succeeded later, or with another model, is not listed.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column role : whose channel it is
-- column channel_id : the channel
-- column code : the service's error code
-- column message : the service's message
-- column attempts : how often it was tried
-- column ended_at : when the last attempt ended
with last_attempts as (
    select
        recording_id,
        channel_id,
        state,
        code,
        message,
        ended_at,
        count(*) over (partition by recording_id, channel_id) as attempts
    from transcription_tasks
    qualify row_number() over (
        partition by recording_id, channel_id
        order by planned_at desc nulls last, attempt desc
    ) = 1
)

select
    calls.call_id,
    calls.call_date,
    call_channels.role,
    call_channels.channel_id,
    last_attempts.code,
    last_attempts.message,
    last_attempts.attempts,
    last_attempts.ended_at
from last_attempts
inner join call_channels
    on
        last_attempts.recording_id = call_channels.recording_id
        and last_attempts.channel_id = call_channels.source_channel
inner join calls on call_channels.call_id = calls.call_id
where
    last_attempts.state = 'failed'
    and calls.status <> 'quarantined'
    and not exists (
        select 1 from transcripts
        where transcripts.call_id = calls.call_id and transcripts.channel_id = call_channels.channel_id
    )
    and calls.call_date between $from_date and $to_date
order by calls.call_date, calls.call_id, call_channels.channel_id
