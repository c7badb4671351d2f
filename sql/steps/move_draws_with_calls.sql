-- move_draws_with_calls: what was drawn of calls that are of $days now and were of another day.
update sampling_draws
set call_date = calls.call_date, loaded_at = $loaded_at
from calls
where
    sampling_draws.call_id = calls.call_id
    and in_days(calls.call_date, $days)
    and sampling_draws.call_date is distinct from calls.call_date;
