-- list_measurements: what the table acoustics has of the recordings $ids, one row per call, recording and version:
-- under $days, or under any day where these are null.
select
    call_id,
    recording_id,
    definition_version,
    any_value(greeting_channel) as greeting_channel,
    list(defects order by channel_id) as defects,
    any_value(missing) as missing,
    any_value(len(loudness_per_s_db)) as seconds,
    any_value(timeline) as timeline
from acoustics
where
    recording_id in (select unnest(cast($ids as varchar[])))
    and ($days is null or in_days(call_date, $days))
group by call_id, recording_id, definition_version
order by call_id
