-- list_recordings: the recordings of the channels of $call_ids, and where they lie; of recordings that were set aside
-- as $worthless no hash.
select distinct
    case
        when calls.status = 'quarantined' and list_contains($worthless::varchar[], calls.status_reason) then null
        else call_channels.recording_id
    end as recording_id,
    call_channels.source_uri,
    call_channels.role,
    call_channels.name
from call_channels
left join calls on call_channels.call_id = calls.call_id
where list_contains($call_ids::varchar[], call_channels.call_id)
