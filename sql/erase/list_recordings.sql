-- list_recordings: the recordings of the channels of $calls, and where they lie.
select distinct
    recording_id,
    source_uri,
    role,
    name
from call_channels
where list_contains($calls::varchar[], call_id)
