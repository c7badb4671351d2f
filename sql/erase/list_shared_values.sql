-- list_shared_values: those of $sought that calls other than $call_ids have too: as customer, in what lists said of
-- them, or in something that was said there.
with sought as (
    select unnest($sought::varchar[]) as value
),

others as (
    select
        customer_id,
        agent_id,
        agent_name,
        queue,
        metadata_extra::varchar as extra
    from calls
    where not list_contains($call_ids::varchar[], call_id)
),

said as (
    select lower(text) as text
    from sentences
    where not list_contains($call_ids::varchar[], call_id)
)

select distinct sought.value
from sought
inner join others
    on
        sought.value = others.customer_id
        or sought.value = others.agent_id
        or sought.value = others.agent_name
        or sought.value = others.queue
        or contains(others.extra, sought.value)
union
select distinct sought.value
from sought
inner join said on contains(said.text, lower(sought.value))
