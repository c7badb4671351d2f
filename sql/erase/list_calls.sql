-- list_calls: what the table of calls says of $calls.
select
    call_id,
    recording_id,
    customer_id,
    source_uri,
    metadata_extra,
    imports
from calls
where list_contains($calls::varchar[], call_id)
