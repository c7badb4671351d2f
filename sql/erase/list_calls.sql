-- list_calls: what the table of calls says of $call_ids; of recordings that were set aside as $worthless no hash.
select
    call_id,
    case
        when status = 'quarantined' and list_contains($worthless::varchar[], status_reason) then null
        else recording_id
    end as recording_id,
    customer_id,
    source_uri,
    metadata_extra,
    imports,
    call_date
from calls
where list_contains($call_ids::varchar[], call_id)
