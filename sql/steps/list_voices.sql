-- list_voices: what the version $version told of the voices in the recordings $ids.
select
    recording_id,
    voices,
    separation,
    unsure_reason,
    segments
from call_voices
where recording_id in (select unnest(cast($ids as varchar[]))) and definition_version = $version
order by call_id
