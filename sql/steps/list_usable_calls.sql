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
    coalesce(calls.form, 'stereo') as form,
    calls.queue,
    calls.direction,
    calls.sample_rate,
    calls.imports,
    calls.missing_recordings,
    calls.channels,
    calls.customer_id,
    calls.metadata_extra,
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
    ) as heard,
    (
        select
            list(
                {
                    'channel_id': call_channels.channel_id,
                    'role': call_channels.role,
                    'recording_id': call_channels.recording_id,
                    'source_uri': call_channels.source_uri,
                    'source_channel': call_channels.source_channel,
                    'offset_ms': call_channels.offset_ms,
                    'duration_s': call_channels.duration_s,
                    'segment': call_channels.segment,
                    'name': call_channels.name,
                    'agent_id': call_channels.agent_id,
                    'agent_name': call_channels.agent_name,
                    'queue': call_channels.queue
                }
                order by call_channels.channel_id, call_channels.segment
            )
        from call_channels
        where call_channels.call_id = calls.call_id
    ) as sources
from calls
where
    in_days(calls.call_date, $days)
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
