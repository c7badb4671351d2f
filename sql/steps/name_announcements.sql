-- name_announcements: puts the announcements of the calls of $days, given as lists of one length ($call_ids,
-- $channel_ids, $begins, $ends in ms), among the sounds of their channels, in place of those that were named before.
with announced as (
    select
        call_id,
        channel_id,
        list({ 'begin_ms': begin_ms, 'end_ms': end_ms, 'kind': 'announcement' } order by begin_ms) as stretches
    from (
        select
            unnest(cast($call_ids as varchar[])) as call_id,
            unnest(cast($channel_ids as integer[])) as channel_id,
            unnest(cast($begins as integer[])) as begin_ms,
            unnest(cast($ends as integer[])) as end_ms
    ) as given
    group by call_id, channel_id
),

named as (
    select
        acoustics.call_id,
        acoustics.channel_id,
        list_sort(
            list_concat(
                list_filter(
                    coalesce(acoustics.sounds, []),
                    lambda sound: struct_extract(sound, 'kind') <> 'announcement'  -- noqa: RF02
                ),
                coalesce(announced.stretches, [])
            )
        ) as sounds
    from acoustics
    left join announced on acoustics.call_id = announced.call_id and acoustics.channel_id = announced.channel_id
    where
        in_days(acoustics.call_date, $days)
        and (
            announced.call_id is not null
            or list_contains(
                list_transform(acoustics.sounds, lambda sound: struct_extract(sound, 'kind')),  -- noqa: RF02
                'announcement'
            )
        )
)

update acoustics
set sounds = named.sounds
from named
where
    in_days(acoustics.call_date, $days)
    and acoustics.call_id = named.call_id
    and acoustics.channel_id = named.channel_id
    and acoustics.sounds is distinct from named.sounds
