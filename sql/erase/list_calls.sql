-- list_calls: what the table of calls says of $call_ids.
select
    call_id,
    recording_id,
    customer_id,
    source_uri,
    metadata_extra,
    imports,
    call_date
from calls
where list_contains($call_ids::varchar[], call_id)
