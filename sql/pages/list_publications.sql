-- What was published, when, and for which days?
--
-- param limit integer : publications at most, the newest first
--
-- column published_at : when, in the reader's time zone
-- column run_id : the run that did
-- column first_date : the first of its days; null where none is known
-- column last_date : the last of them
-- column engine : the engine that was asked
-- column pipeline_version : the version that published it
select
    cast(published_at as timestamp) as published_at,
    run_id,
    list_min(dates) as first_date,
    list_max(dates) as last_date,
    engine,
    pipeline_version
from publication
order by published_at desc
limit $limit
