-- list_recordings_to_export: the files of those of the calls $ids that are several recordings, in the order of time.
select
    call_channels.call_id,
    call_channels.segment,
    call_channels.recording_id,
    call_channels.source_uri,
    min(call_channels.offset_ms) as begin_ms,
    max(call_channels.duration_s) as duration_s,
    max(call_channels.agent_id) as agent_id,
    max(call_channels.agent_name) as agent_name,
    max(call_channels.queue) as queue
from call_channels
inner join calls on call_channels.call_id = calls.call_id
where calls.recordings > 1 and call_channels.call_id in (select unnest($ids))
group by call_channels.call_id, call_channels.segment, call_channels.recording_id, call_channels.source_uri
order by call_channels.call_id, call_channels.segment, call_channels.source_uri
