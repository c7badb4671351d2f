-- stand_in_for_call_channels: the channels of calls in a snapshot of a version that knew stereo files only.
select
    calls.call_id,
    stereo.channel_id,
    0 as segment,
    calls.call_date,
    case when stereo.channel_id = coalesce(calls.agent_channel, 0) then 'agent' else 'customer' end as role,
    cast(null as varchar) as name,
    calls.recording_id,
    stereo.channel_id as source_channel,
    calls.source_uri,
    cast(0 as bigint) as offset_ms,
    calls.duration_s,
    calls.started_at,
    calls.agent_id,
    calls.agent_name,
    calls.queue
from calls
cross join (values (0), (1)) as stereo (channel_id)
where calls.channels = 2 and calls.recording_id is not null and calls.duration_s is not null
