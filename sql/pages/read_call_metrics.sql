-- What was measured of a call?
--
-- All columns of call_metrics besides the key; docs/metrics.md defines them. No row where nothing was measured.
--
-- param call_id varchar : the call
select * exclude (call_id, call_date, loaded_at)  -- noqa: AM04
from call_metrics
where call_id = $call_id
