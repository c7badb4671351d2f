-- list_recordings: the recordings of the channels of $call_ids, and where they lie.
select distinct
    recording_id,
    source_uri,
    role,
    name
from call_channels
where list_contains($call_ids::varchar[], call_id)
