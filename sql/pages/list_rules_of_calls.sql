-- Which rules are met in calls, and which are not?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column rules_hit : ids of the rules that are a hit, those that matter most first
-- column rules_hit_titles : their titles
-- column rules_missed : ids of the rules that are a miss
-- column rules_missed_titles : their titles
with found as (
    select
        call_id,
        rule_id,
        title,
        outcome,
        list_position(['critical', 'high', 'medium', 'low', 'info'], severity) as place
    from rule_outcomes
    where list_contains($call_ids::varchar[], call_id) and outcome in ('hit', 'miss')
)

select
    call_id,
    list(rule_id order by place, rule_id) filter (where outcome = 'hit') as rules_hit,
    list(title order by place, rule_id) filter (where outcome = 'hit') as rules_hit_titles,
    list(rule_id order by place, rule_id) filter (where outcome = 'miss') as rules_missed,
    list(title order by place, rule_id) filter (where outcome = 'miss') as rules_missed_titles
from found
group by call_id
