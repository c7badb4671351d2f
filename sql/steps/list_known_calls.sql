-- list_known_calls: the calls of $days and of no day, and others that have an id, a recording or a place in common with
-- what landed ($call_ids, $recording_ids, $uris), with their files: (sha256, where it lies), in the order of time.
-- Each is sought by a join of its own, which passes over blocks of rows whose ids are all smaller or larger.
with ids as (select unnest(cast($call_ids as varchar[])) as call_id),

recordings as (select unnest(cast($recording_ids as varchar[])) as recording_id),

places as (select unnest(cast($uris as varchar[])) as source_uri),

chosen_ids as (
    select call_id
    from calls
    where call_date is null
    union
    select call_id
    from calls
    where in_days(call_date, $days)
    union
    select call_id
    from ids
    union
    select calls.call_id
    from calls
    semi join recordings on calls.recording_id = recordings.recording_id
    union
    select calls.call_id
    from calls
    semi join places on calls.source_uri = places.source_uri
    union
    select call_channels.call_id
    from call_channels
    semi join recordings on call_channels.recording_id = recordings.recording_id
    union
    select call_channels.call_id
    from call_channels
    semi join places on call_channels.source_uri = places.source_uri
),

chosen as (
    select
        calls.call_id,
        calls.recording_id,
        calls.call_date,
        calls.source_uri,
        calls.status
    from calls
    semi join chosen_ids on calls.call_id = chosen_ids.call_id
),

files as (
    select
        call_channels.call_id,
        list(
            [call_channels.recording_id, call_channels.source_uri]
            order by call_channels.segment, call_channels.channel_id
        ) as files
    from call_channels
    semi join chosen on call_channels.call_id = chosen.call_id
    group by call_channels.call_id
)

select
    chosen.call_id,
    chosen.recording_id,
    chosen.call_date,
    chosen.source_uri,
    chosen.status,
    files.files
from chosen
left join files on chosen.call_id = files.call_id
