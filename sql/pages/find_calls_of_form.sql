-- Which calls were handed over in one of these forms?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param forms varchar[] : forms of calls; 'unsure': divided by voice, and not to be relied on
--
-- column call_id : the call
select call_id
from calls
where
    call_date between $from_date and $to_date
    and (
        list_contains($forms::varchar[], form)
        or (list_contains($forms::varchar[], 'unsure') and voices_unsure)
    )
order by call_id
