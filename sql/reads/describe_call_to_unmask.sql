-- describe_call_to_unmask: what the transcript of call $call_id was made of: the sources of its channels, the models
-- and engines that answered, and what was told of two voices on one channel.
select
    calls.call_id,
    calls.recording_id,
    calls.call_date,
    calls.duration_s,
    coalesce(calls.agent_channel, 0) as agent_channel,
    calls.language,
    calls.source_uri,
    coalesce(calls.form, 'stereo') as form,
    calls.direction,
    (
        select
            list(
                {
                    'model': transcripts.model,
                    'engine': transcripts.engine
                }
            )
        from transcripts
        where transcripts.call_id = calls.call_id
    ) as answered_by,
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
                    'name': call_channels.name
                }
                order by call_channels.channel_id, call_channels.segment
            )
        from call_channels
        where call_channels.call_id = calls.call_id
    ) as sources,
    (
        select
            {
                'voices': call_voices.voices,
                'separation': call_voices.separation,
                'unsure': call_voices.unsure_reason,
                'segments': call_voices.segments
            }
        from call_voices
        where call_voices.call_id = calls.call_id
    ) as told
from calls
where calls.call_id = $call_id
