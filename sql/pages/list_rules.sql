-- Which rules were applied, and when?
--
-- One row per rule and version; titles and severities are those of the newest call.
--
-- column rule_id : the rule
-- column rule_version : its version
-- column title : its title
-- column severity : info, low, medium, high or critical
-- column first_date : day of the first call that it was applied to
-- column last_date : day of the last one
select
    rule_id,
    rule_version,
    max_by(title, call_date) as title,
    max_by(severity, call_date) as severity,
    min(call_date) as first_date,
    max(call_date) as last_date
from rules_daily
group by rule_id, rule_version
order by rule_id asc, last_date asc, first_date asc
