-- drop_draws_that_are_gone: of the calls of $days what was not drawn after all, such as that of a database before.
delete from sampling_draws
where
    in_days(call_date, $days)
    and (
        sample_id not in (select known_draws.sample_id from known_draws)
        or call_id not in (select calls.call_id from calls)
    );
