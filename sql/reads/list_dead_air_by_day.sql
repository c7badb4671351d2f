-- list_dead_air_by_day: calls of all and of each queue on each day from $from_date to $to_date in which dead air could
-- be measured, and those that have any.
with measured as (
    select
        calls.call_date,
        call_metrics.dead_air_count,
        unnest(['all', 'queue']) as dimension,
        unnest(['all', coalesce(nullif(trim(calls.queue), ''), 'unknown')]) as key
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where
        calls.call_date between $from_date and $to_date
        and call_metrics.dead_air_count is not null
        and calls.status <> 'quarantined'
)

select
    call_date,
    dimension,
    key,
    count(*) as calls,
    count(*) filter (where dead_air_count > 0) as dead_air
from measured
group by call_date, dimension, key
order by dimension, key, call_date
