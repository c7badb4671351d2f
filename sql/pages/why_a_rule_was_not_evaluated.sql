-- Why did a rule come to neither hit nor miss?
--
-- A call with several reasons is counted for each of them.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param rule varchar : the rule
-- param version varchar : its version
--
-- column outcome : not_evaluated or not_applicable
-- column reason : the code of a reason, which may have a colon and what it is about
-- column calls : calls with it
with told as (
    select
        call_id,
        outcome,
        unnest(string_split(reason, ', ')) as reason
    from rule_outcomes
    where
        rule_id = $rule
        and rule_version = $version
        and outcome in ('not_evaluated', 'not_applicable')
        and call_date between $from_date and $to_date
)

select
    outcome,
    reason,
    count(distinct call_id) as calls
from told
group by outcome, reason
order by outcome desc, calls desc, reason asc
