-- Which recordings have no date, and so belong to no range?
--
-- param limit integer : recordings at most
--
-- column call_id : the recording's call
-- column reason : code of why
-- column message : why, and what to do about it
-- column total : how many there are
select
    call_id,
    status_reason as reason,
    status_message as message,
    count(*) over () as total
from calls
where call_date is null
order by call_id
limit $limit
