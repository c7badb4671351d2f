-- What was done with channels for their sound?
--
-- column action : what was done
-- column channels : with how many channels
select
    action,
    count(*) as channels
from acoustics
where action is not null
group by action
order by channels desc, action asc
