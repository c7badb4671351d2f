-- list_shared_values: those of $sought that calls other than $calls have too, as customer or in what lists said of them.
with sought as (
    select unnest($sought::varchar[]) as value
)

select distinct sought.value
from sought
inner join
    calls
    on
        not list_contains($calls::varchar[], calls.call_id)
        and (
            calls.customer_id = sought.value
            or contains(calls.metadata_extra::varchar, sought.value)
            or calls.agent_id = sought.value
            or calls.agent_name = sought.value
            or calls.queue = sought.value
        )
