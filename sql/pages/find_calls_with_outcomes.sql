-- Which calls have outcomes in these ranges?
--
-- param outcomes struct[] : name, low, high: each must hold; null leaves a side open
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
with wanted as (
    select unnest($outcomes::struct("name" varchar, low double, high double)[]) as outcome
)

select outcomes.call_id
from outcomes
inner join wanted on outcomes.name = wanted.outcome.name
where
    outcomes.call_date between $from_date and $to_date
    and coalesce(outcomes.value >= wanted.outcome.low, true)
    and coalesce(outcomes.value <= wanted.outcome.high, true)
group by outcomes.call_id
having count(*) = len($outcomes)  -- noqa: RF02
order by outcomes.call_id
