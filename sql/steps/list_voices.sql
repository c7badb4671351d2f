-- list_voices: what the version $version told of the voices in the recordings $ids.
select
    recording_id,
    voices,
    separation,
    unsure_reason,
    segments
from call_voices
where list_contains(cast($ids as varchar[]), recording_id) and definition_version = $version
order by call_id
