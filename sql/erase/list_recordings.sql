-- list_recordings: the recordings of the channels of $call_ids, and where they lie; of recordings that were set aside
-- as $worthless no hash.
with heard as (
    select call_id
    from calls
    where not (status = 'quarantined' and coalesce(list_contains($worthless::varchar[], status_reason), false))
)

select distinct
    case when call_id in (select heard.call_id from heard) then recording_id end as recording_id,
    source_uri,
    role,
    name
from call_channels
where list_contains($call_ids::varchar[], call_id)
