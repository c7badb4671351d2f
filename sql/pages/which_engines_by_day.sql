-- Which engines made each day's transcripts?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_date : day of the calls
-- column engines : the engines, in order of their names
select
    call_date,
    list(distinct engine order by engine) as engines
from transcripts
where model <> 'none' and call_date between $from_date and $to_date
group by call_date
order by call_date
