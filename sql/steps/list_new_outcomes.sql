-- list_new_outcomes: what landed of known calls and is other than what is there.
select landed_outcomes.* replace (calls.call_date as call_date) -- noqa: AM04
from landed_outcomes
inner join calls on landed_outcomes.call_id = calls.call_id
left join outcomes as known on landed_outcomes.call_id = known.call_id and landed_outcomes.name = known.name
where
    landed_outcomes.value is distinct from known.value
    or landed_outcomes.is_flag is distinct from known.is_flag
    or calls.call_date is distinct from known.call_date
