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

stretches as (
    -- recordings of calls of several, where both parties are known: where a channel failed nobody knows who spoke
    select
        call_channels.call_id,
        call_channels.segment,
        min(call_channels.offset_ms) as begin_ms,
        max(call_channels.offset_ms + cast(round(call_channels.duration_s * 1000) as bigint)) as end_ms,
        max(call_channels.agent_id) as agent_id
    from call_channels
    left join acoustics
        on call_channels.call_id = acoustics.call_id and call_channels.channel_id = acoustics.channel_id
    left join transcription_tasks as tasks
        on
            call_channels.recording_id = tasks.recording_id
            and call_channels.source_channel = tasks.channel_id
            and tasks.state = 'parsed'
    where
        call_channels.role in ('agent', 'customer')
        and call_channels.call_id in (
            select several.call_id from day_calls as several
            where several.recordings > 1
        )
    group by call_channels.call_id, call_channels.segment
    having bool_and(tasks.state is not null or coalesce(starts_with(acoustics.action, 'skip_'), false))
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
    calls.call_id in (
        select call_agents.call_id from call_agents
        where not call_agents.is_alone
    ) as has_several_agents
from day_calls as calls
left join recorded on calls.call_id = recorded.call_id
left join roles on calls.call_id = roles.call_id
left join sounds on calls.call_id = sounds.call_id and calls.recording_id = sounds.recording_id
order by calls.call_id
