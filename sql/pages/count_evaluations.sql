-- How many evaluations of calls of some days count, of drawn calls and of chosen ones?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param source varchar : people or machine
--
-- column drawn : released, of calls that a plan drew
-- column chosen : released, of calls that somebody chose
select
    count(*) filter (where counts and inclusion_probability > 0) as drawn,
    count(*) filter (where counts and coalesce(inclusion_probability, 0) <= 0) as chosen
from evaluations_current
where evaluated_by = $source and call_date between $from_date and $to_date
