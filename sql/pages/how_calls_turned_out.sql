-- How many calls escalated or recovered, and by which definitions was that measured?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column escalated : calls that escalated
-- column recovered : calls that recovered
-- column definition_versions : definitions the days were measured by, 'mixed' for several on one day; null for none
select
    cast(coalesce(sum(escalated), 0) as bigint) as escalated,
    cast(coalesce(sum(recovered), 0) as bigint) as recovered,
    list(distinct definition_version) filter (where definition_version is not null) as definition_versions
from counts_daily
where dimension = 'all' and call_date between $from_date and $to_date
