-- What became of a call's channels?
--
-- One row per channel with a transcript or an attempt at one; none where nothing was sent. The attempt is the last one
-- with the model that made the transcript, else the last one; of a channel of several recordings, that of the first
-- recording that lacks an answer.
--
-- param call_id varchar : the call
--
-- column role : agent, customer, other or mixed
-- column channel_id : the channel
-- column engine : what made its transcript; null where there is none
-- column model : the model
-- column sentence_count : sentences of the transcript
-- column has_times : whether its sentences have times
-- column has_language : whether any of them has a language
-- column has_emotion : whether any of them has an emotion
-- column state : where the attempt stands; null where the channel was not sent
-- column code : the error's code
-- column message : the error
-- column attempts : how often it was tried
-- column open_since : when the attempt was sent, or planned, in UTC epoch seconds; null where it is not under way
with own as (
    select * from call_channels
    where call_id = $call_id
),

latest as (
    select
        own.channel_id,
        own.segment,
        transcription_tasks.state,
        transcription_tasks.code,
        transcription_tasks.message,
        epoch(coalesce(transcription_tasks.submitted_at, transcription_tasks.planned_at)) as begun_at,
        count(*) over (partition by own.channel_id) as attempts
    from transcription_tasks
    inner join own
        on
            transcription_tasks.recording_id = own.recording_id
            and transcription_tasks.channel_id = own.source_channel
    inner join calls on own.call_id = calls.call_id
    left join transcripts
        on
            calls.call_id = transcripts.call_id
            and own.channel_id = transcripts.channel_id
    where
        calls.call_id = $call_id
        and calls.status <> 'quarantined'
        and transcription_tasks.call_date = calls.call_date  -- as it is by what loads them
    qualify row_number() over (
        partition by own.channel_id, own.segment
        order by
            coalesce(transcription_tasks.model = transcripts.model, false) desc,
            transcription_tasks.planned_at desc nulls last,
            transcription_tasks.attempt desc
    ) = 1
),

attempts as (
    select * from latest
    qualify row_number() over (
        partition by channel_id
        order by state in ('fetched', 'parsed') asc, segment asc
    ) = 1
),

roles as (
    select
        channel_id,
        any_value(role) as role
    from own
    group by channel_id
),

written as (
    select * from transcripts
    where call_id = $call_id
)

select
    coalesce(written.role, roles.role) as role,
    coalesce(written.channel_id, attempts.channel_id) as channel_id,
    written.engine,
    written.model,
    coalesce(written.sentence_count, 0) as sentence_count,
    written.speech_s is not null as has_times,
    written.language is not null as has_language,
    written.emotion is not null as has_emotion,
    attempts.state,
    attempts.code,
    attempts.message,
    coalesce(attempts.attempts, 0) as attempts,
    case when attempts.state in ('planned', 'sending', 'submitted', 'succeeded') then attempts.begun_at end
        as open_since
from written
full outer join attempts on written.channel_id = attempts.channel_id
left join roles on attempts.channel_id = roles.channel_id
order by role, channel_id
