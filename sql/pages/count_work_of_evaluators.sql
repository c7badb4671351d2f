-- How much did each person evaluate, and how did disputes about it end?
--
-- Disputes are those about the person's own evaluations. One that the decision changed, or for which the rule was
-- changed, was overturned.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column evaluator : the person's login
-- column submitted : evaluations that were submitted
-- column seconds : seconds spent on them
-- column disputes : evaluations that were disputed
-- column decided : those of them that are decided
-- column overturned : those of the decided ones that were overturned
select
    evaluator,
    count(*) filter (where evaluation_type <> 'dispute') as submitted,
    coalesce(sum(seconds_spent) filter (where evaluation_type <> 'dispute'), 0) as seconds,
    count(*) filter (where disputed_at is not null) as disputes,
    count(*) filter (where decision is not null) as decided,
    count(*) filter (where decision in ('changed', 'rule_changed')) as overturned
from evaluations
where
    evaluation_type <> 'machine'
    and submitted_at is not null
    and call_date between $from_date and $to_date
group by evaluator
order by evaluator
