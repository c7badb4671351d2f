-- Deletes outcomes of the days that no list says any more, and those of calls that have come to the days from another
-- one; what is said of these is put again.
delete from outcomes
where
    (
        in_days(outcomes.call_date, $days)
        and not exists (
            select 1 from landed_outcomes
            where landed_outcomes.call_id = outcomes.call_id and landed_outcomes.name = outcomes.name
        )
    )
    or exists (
        select 1 from calls
        where
            in_days(calls.call_date, $days)
            and calls.call_id = outcomes.call_id
            and calls.call_date is distinct from outcomes.call_date
    )
