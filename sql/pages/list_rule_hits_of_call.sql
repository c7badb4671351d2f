-- Where in a call are rules a hit?
--
-- param call_id varchar : the call
--
-- column rule_id : the rule
-- column title : its title
-- column severity : info, low, medium, high or critical
-- column needs_review : whether a person has to look at a hit before it counts
-- column hit_id : number of the place, from 0
-- column role : who says it; of what is missing, who was expected to, or anyone
-- column begin_ms : when it begins; null where the model gives no times
-- column end_ms : when it ends
-- column evidence : what is said; empty where something is missing
select
    rule_hits.rule_id,
    rule_outcomes.title,
    rule_outcomes.severity,
    rule_outcomes.needs_review,
    rule_hits.hit_id,
    rule_hits.role,
    rule_hits.begin_ms,
    rule_hits.end_ms,
    rule_hits.evidence
from rule_hits
inner join rule_outcomes
    on
        rule_hits.call_id = rule_outcomes.call_id
        and rule_hits.rule_id = rule_outcomes.rule_id
        and rule_hits.rule_version = rule_outcomes.rule_version
where rule_hits.call_id = $call_id
order by rule_hits.rule_id, rule_hits.hit_id
