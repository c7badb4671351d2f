-- Which defects does the sound of some calls have?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column defects : defects of any of its channels
select
    acoustics.call_id,
    list(distinct found.defect order by found.defect) as defects
from acoustics
cross join unnest(acoustics.defects) as found (defect)  -- noqa: RF02
where acoustics.call_id in (select unnest($call_ids))
group by acoustics.call_id
