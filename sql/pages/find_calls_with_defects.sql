-- In which calls does the sound have one of these defects?
--
-- param defects varchar[] : names of defects
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call; those without a date are found with any dates
select distinct call_id
from acoustics
where list_has_any(defects, $defects::varchar[]) and (call_date is null or call_date between $from_date and $to_date)
