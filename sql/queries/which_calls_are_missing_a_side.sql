-- Which calls are missing a side?
--
-- Calls of which one role was transcribed and the other was not, with what the service said of the missing one.
-- Their emotions and languages speak for half a conversation.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column missing_role : the role without a transcript
-- column code : the service's error code for that channel
-- column message : the service's message
with present as (
    select
        call_id,
        any_value(role) as present_role
    from transcripts
    where role in ('agent', 'customer')
    group by call_id
    having count(*) = 1
),

last_attempts as (
    select
        call_channels.call_id,
        call_channels.role,
        transcription_tasks.code,
        transcription_tasks.message
    from transcription_tasks
    inner join call_channels
        on
            transcription_tasks.recording_id = call_channels.recording_id
            and transcription_tasks.channel_id = call_channels.source_channel
    where call_channels.role in ('agent', 'customer')
    qualify row_number() over (
        partition by call_channels.call_id, call_channels.role
        order by transcription_tasks.planned_at desc nulls last, transcription_tasks.attempt desc
    ) = 1
)

select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    case present.present_role when 'agent' then 'customer' else 'agent' end as missing_role,
    last_attempts.code,
    last_attempts.message
from present
inner join calls on present.call_id = calls.call_id
left join last_attempts
    on
        calls.call_id = last_attempts.call_id
        and present.present_role <> last_attempts.role
where calls.call_date between $from_date and $to_date
order by calls.call_date, calls.call_id
