-- How many calls of $first to $last are rules applied to?
select count(*) as calls
from calls
where status in ('ok', 'partial', 'failed') and call_date between $first and $last
