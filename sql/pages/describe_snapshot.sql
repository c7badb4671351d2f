-- When was this snapshot made, and what does it hold?
--
-- One row.
--
-- column published_at : when it was published, in the reader's time zone; null where nobody wrote it down
-- column pipeline_version : the version that published it
-- column first_date : first call date; null where there are no dated calls
-- column last_date : last call date
-- column calls : recordings that landed, quarantined ones included
with bounds as (
    select
        min(call_date) as first_date,
        max(call_date) as last_date,
        count(*) as calls
    from calls
),

newest as (
    select
        published_at,
        pipeline_version
    from publication
    order by published_at desc
    limit 1
)

select
    cast(newest.published_at as timestamp) as published_at,
    newest.pipeline_version,
    bounds.first_date,
    bounds.last_date,
    bounds.calls
from bounds
left join newest on true
