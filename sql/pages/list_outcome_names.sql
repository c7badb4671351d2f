-- Which outcomes do calls have?
--
-- column name : the outcome
select distinct name
from outcomes
order by name
