-- How often did each of $rules come to what in the calls of $first to $last?
select
    rule_id,
    count(*) filter (where outcome = 'hit') as hits,
    count(*) filter (where outcome = 'miss') as misses,
    count(*) filter (where outcome = 'not_applicable') as not_applicable,
    count(*) filter (where outcome = 'not_evaluated') as not_evaluated
from rule_outcomes
where call_date between $first and $last and list_contains($rules::varchar[], rule_id)
group by rule_id
order by rule_id
