-- list_known_calls: every call of every day, with its files: (sha256, where it lies), in the order of time.
select
    calls.call_id,
    calls.recording_id,
    calls.call_date,
    calls.source_uri,
    calls.status,
    (
        select
            list(
                [call_channels.recording_id, call_channels.source_uri]
                order by call_channels.segment, call_channels.channel_id
            )
        from call_channels
        where call_channels.call_id = calls.call_id
    ) as files
from calls
