-- list_usable_calls: the calls of $days that can be transcribed, with what was measured of their channels. Where
-- $with_set_aside is true also those that were quarantined for their sound, which another setting may release.
select
    calls.call_id,
    calls.recording_id,
    calls.call_date,
    calls.duration_s,
    calls.agent_channel,
    calls.language,
    calls.source_uri,
    calls.queue,
    calls.direction,
    calls.sample_rate,
    calls.imports,
    (
        select
            list(
                {
                    'channel_id': acoustics.channel_id,
                    'action': acoustics.action,
                    'defects': acoustics.defects
                }
            )
        from acoustics
        where acoustics.call_id = calls.call_id and acoustics.recording_id = calls.recording_id
    ) as heard
from calls
where
    list_contains(cast($days as date[]), calls.call_date)
    and (
        calls.status <> 'quarantined'
        or $with_set_aside
        and exists (
            select 1 from acoustics
            where
                acoustics.call_id = calls.call_id
                and acoustics.recording_id = calls.recording_id
                and acoustics.action = 'quarantine'
        )
    )
order by calls.call_id
