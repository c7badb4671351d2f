-- How many evaluations by a version of a card count, of the calls that each sampling plan drew and of chosen ones?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param source varchar : people or machine
-- param card varchar : id of the card
-- param version varchar : its version
--
-- column plan : the sampling plan; null of those that no plan drew
-- column evaluations : how many count
select
    plan,
    count(*) as evaluations
from evaluations_current
where
    counts
    and evaluated_by = $source
    and call_date between $from_date and $to_date
    and scorecard_id = $card
    and scorecard_version = $version
group by plan
order by evaluations desc, plan asc nulls last
