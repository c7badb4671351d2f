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
        any_value(role) as present_role,
        any_value(channel_id) as present_channel
    from transcripts
    group by call_id
    having count(*) = 1
),

last_attempts as (
    select
        recording_id,
        channel_id,
        code,
        message
    from transcription_tasks
    qualify row_number() over (
        partition by recording_id, channel_id
        order by planned_at desc nulls last, attempt desc
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
        calls.recording_id = last_attempts.recording_id
        and present.present_channel <> last_attempts.channel_id
where calls.call_date between $from_date and $to_date
order by calls.call_date, calls.call_id
