-- list_conversations: the calls of $days that came to their end and are not quarantined, one row per call: the roles
-- with a transcript, and the segments that sound on each role's channel.
with roles as (
    select
        call_id,
        list(distinct role order by role) as known_roles
    from transcripts
    where role in ('agent', 'customer')
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
    where acoustics.role in ('agent', 'customer')
    group by acoustics.call_id, acoustics.recording_id
)

select
    calls.call_id,
    calls.call_date,
    calls.duration_s,
    calls.direction,
    coalesce(sounds.is_dual_mono, false) as is_dual_mono,
    coalesce(roles.known_roles, []) as known_roles,
    coalesce(sounds.sounding_roles, []) as sounding_roles,
    sounds.begins,
    sounds.ends
from calls
left join roles on calls.call_id = roles.call_id
left join sounds on calls.call_id = sounds.call_id and calls.recording_id = sounds.recording_id
where calls.status in ('ok', 'partial', 'failed') and list_contains(cast($days as date[]), calls.call_date)
order by calls.call_id
