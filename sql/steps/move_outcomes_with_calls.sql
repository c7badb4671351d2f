-- Outcomes of calls that have come to $days from another day come along, whatever lists were read.
update outcomes
set call_date = calls.call_date, loaded_at = $loaded_at
from calls
where
    in_days(calls.call_date, $days)
    and calls.call_id = outcomes.call_id
    and calls.call_date is distinct from outcomes.call_date
