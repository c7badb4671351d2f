-- When was what a call's people said deleted by age?
--
-- param call_id varchar : the call
--
-- column text_deleted_at : when; null where it is there
select text_deleted_at
from calls
where call_id = $call_id
