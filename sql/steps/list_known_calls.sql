-- list_known_calls: the calls of $days and of no day, and others that have an id, a recording or a place in common with
-- what landed ($call_ids, $recording_ids, $uris), with their files: (sha256, where it lies), in the order of time.
with files as (
    select call_id
    from call_channels
    where
        recording_id in (select unnest(cast($recording_ids as varchar[])))
        or source_uri in (select unnest(cast($uris as varchar[])))
),

chosen as (
    select *
    from calls
    where
        call_date is null
        or in_days(call_date, $days)
        or call_id in (select unnest(cast($call_ids as varchar[])))
        or recording_id in (select unnest(cast($recording_ids as varchar[])))
        or source_uri in (select unnest(cast($uris as varchar[])))
        or call_id in (select files.call_id from files)
)

select
    chosen.call_id,
    chosen.recording_id,
    chosen.call_date,
    chosen.source_uri,
    chosen.status,
    (
        select
            list(
                [call_channels.recording_id, call_channels.source_uri]
                order by call_channels.segment, call_channels.channel_id
            )
        from call_channels
        where call_channels.call_id = chosen.call_id
    ) as files
from chosen
