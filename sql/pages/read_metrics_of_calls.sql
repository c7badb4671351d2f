-- How did some calls go?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column (the columns of call_metrics) : as docs/metrics.md defines them
select *  -- noqa: AM04
from call_metrics
where call_id in (select unnest($call_ids))
