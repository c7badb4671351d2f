-- After which calls did the customer call again within seven days, or not?
--
-- param repeats varchar[] : yes, no
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
select call_id
from repeats_between($from_date, $to_date)
where
    list_contains($repeats::varchar[], case when repeat_call_within_7_days then 'yes' else 'no' end)
    and repeat_call_within_7_days is not null
order by call_id
