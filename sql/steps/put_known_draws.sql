-- put_known_draws: what is new of calls that are known; a call has the day that it has now.
insert into sampling_draws by name
select known_draws.* replace (calls.call_date as call_date) -- noqa: AM04, RF02
from known_draws
inner join calls on known_draws.call_id = calls.call_id
where
    calls.call_date is not null
    and calls.status <> 'pending'
    and known_draws.sample_id not in (select sampling_draws.sample_id from sampling_draws);
