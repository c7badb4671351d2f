-- list_recordings_to_export: the files of those of the calls $ids that are several recordings, or a file per party, in
-- the order of time. role is whose a file is, where it is one party's alone.
select
    call_channels.call_id,
    call_channels.segment,
    call_channels.recording_id,
    call_channels.source_uri,
    min(call_channels.offset_ms) as begin_ms,
    max(call_channels.duration_s) as duration_s,
    max(call_channels.agent_id) as agent_id,
    max(call_channels.agent_name) as agent_name,
    max(call_channels.queue) as queue,
    case when count(distinct call_channels.role) = 1 then any_value(call_channels.role) end as role
from call_channels
inner join calls on call_channels.call_id = calls.call_id
where (calls.recordings > 1 or calls.form = 'parts') and call_channels.call_id in (select unnest($ids))
group by call_channels.call_id, call_channels.segment, call_channels.recording_id, call_channels.source_uri
order by call_channels.call_id, call_channels.segment, call_channels.source_uri
