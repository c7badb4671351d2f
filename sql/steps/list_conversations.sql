-- list_conversations: the calls of $days that came to their end and are not quarantined, one row per call: the roles
-- with a transcript, the segments that sound on each role's channel, and of a call of several recordings those of which
-- both parties are known.
with day_calls as materialized (
    select *
    from calls
    where status in ('ok', 'partial', 'failed') and in_days(call_date, $days)
),

roles as (
    select
        call_id,
        list(distinct role order by role) as known_roles
    from transcripts
    where role in ('agent', 'customer') and call_id in (select day_calls.call_id from day_calls)
    group by call_id
),

channels_of_several as materialized (
    -- of calls of several recordings
    select
        call_channels.*, -- noqa: AM04
        day_calls.recordings
    from call_channels
    inner join day_calls on call_channels.call_id = day_calls.call_id
    where day_calls.recordings > 1
),

their_acoustics as (
    select *
    from acoustics
    where call_id in (select channels_of_several.call_id from channels_of_several)
),

their_tasks as (
    select *
    from transcription_tasks
    where state = 'parsed' and recording_id in (select channels_of_several.recording_id from channels_of_several)
),

stretches as (
    -- recordings of calls of several, where both parties are known: where a channel failed nobody knows who spoke
    select
        channels.call_id,
        channels.segment,
        min(channels.offset_ms) as begin_ms,
        max(channels.offset_ms + cast(round(channels.duration_s * 1000) as bigint)) as end_ms,
        max(channels.agent_id) as agent_id
    from channels_of_several as channels
    left join their_acoustics as acoustics
        on channels.call_id = acoustics.call_id and channels.channel_id = acoustics.channel_id
    left join their_tasks as tasks
        on channels.recording_id = tasks.recording_id and channels.source_channel = tasks.channel_id
    where channels.role in ('agent', 'customer')
    group by channels.call_id, channels.segment
    having bool_and(tasks.state is not null or coalesce(starts_with(acoustics.action, 'skip_'), false))
),

of_several_agents as (
    -- as call_agents has it: an agent who has not all recordings of a call is not alone in it
    select call_id
    from channels_of_several
    where nullif(trim(agent_id), '') is not null
    group by call_id, agent_id
    having count(distinct segment) <> max(recordings)
),

recorded as (
    select
        call_id,
        list([segment, begin_ms, end_ms] order by segment) as stretches,
        list(agent_id order by segment) as agents
    from stretches
    group by call_id
),

sounds as (
    select
        acoustics.call_id,
        acoustics.recording_id,
        bool_or(list_contains(acoustics.defects, 'dual_mono')) as is_dual_mono,
        list(acoustics.role order by acoustics.channel_id) as sounding_roles,
        list(
            list_transform(acoustics.segments, lambda segment: segment.begin_ms) order by acoustics.channel_id
        ) as begins,
        list(
            list_transform(acoustics.segments, lambda segment: segment.end_ms) order by acoustics.channel_id
        ) as ends
    from acoustics
    where
        acoustics.role in ('agent', 'customer')
        and acoustics.call_id in (select day_calls.call_id from day_calls)
    group by acoustics.call_id, acoustics.recording_id
)

select
    calls.call_id,
    calls.call_date,
    calls.duration_s,
    calls.direction,
    coalesce(sounds.is_dual_mono, false) or coalesce(calls.voices_unsure, false) as is_untold,
    coalesce(calls.form, 'stereo') = 'diarized' as is_one_channel,
    coalesce(roles.known_roles, []) as known_roles,
    coalesce(sounds.sounding_roles, []) as sounding_roles,
    sounds.begins,
    sounds.ends,
    case when calls.recordings > 1 then coalesce(recorded.stretches, []) end as stretches,
    recorded.agents,
    calls.call_id in (select of_several_agents.call_id from of_several_agents) as has_several_agents
from day_calls as calls
left join recorded on calls.call_id = recorded.call_id
left join roles on calls.call_id = roles.call_id
left join sounds on calls.call_id = sounds.call_id and calls.recording_id = sounds.recording_id
order by calls.call_id
