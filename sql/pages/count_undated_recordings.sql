-- How many recordings have no date, and so belong to no range?
--
-- column recordings : their number
select count(*) as recordings
from calls
where call_date is null
