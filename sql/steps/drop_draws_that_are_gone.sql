-- drop_draws_that_are_gone: of the calls of $days what was not drawn after all, such as that of a database before.
delete from sampling_draws
where
    in_days(call_date, $days)
    and (
        sample_id not in (select known_draws.sample_id from known_draws)
        or not exists (
            select 1 from calls
            where calls.call_id = sampling_draws.call_id
        )
    );
