-- list_other_files: recordings of calls other than $call_ids that lie in the same $folders.
with others as (
    select
        call_id,
        source_uri
    from calls
    union
    select
        call_id,
        source_uri
    from call_channels
)

select distinct source_uri
from others
where
    not list_contains($call_ids::varchar[], call_id)
    and list_contains($folders::varchar[], regexp_replace(source_uri, '/[^/]*$', ''))
