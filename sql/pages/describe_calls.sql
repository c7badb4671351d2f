-- What does the list show of some calls besides what every list shows?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column direction : inbound, outbound or internal
-- column customer_id : the customer
-- column status_reason : code of why it is not ok
-- column form : how it was handed over
select
    call_id,
    direction,
    customer_id,
    status_reason,
    form
from calls
where call_id in (select unnest($call_ids))
