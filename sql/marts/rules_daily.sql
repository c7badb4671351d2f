-- rules_daily: outcomes of each rule over the calls of each group, for the days in $days. hit_rate is of the calls that
-- were evaluated, with Wilson's 95 % interval.
with counted as (
    select
        call_groups.call_date,
        call_groups.dimension,
        call_groups.key,
        rule_outcomes.rule_id,
        rule_outcomes.rule_version,
        any_value(rule_outcomes.title) as title,
        any_value(rule_outcomes.severity) as severity,
        count(*) as calls,
        count(*) filter (where rule_outcomes.outcome = 'hit') as hits,
        count(*) filter (where rule_outcomes.outcome = 'miss') as misses,
        count(*) filter (where rule_outcomes.outcome = 'not_applicable') as not_applicable,
        count(*) filter (where rule_outcomes.outcome = 'not_evaluated') as not_evaluated
    from call_groups($days) as call_groups
    inner join rule_outcomes on call_groups.call_id = rule_outcomes.call_id
    where in_days(rule_outcomes.call_date, $days)
    group by
        call_groups.call_date,
        call_groups.dimension,
        call_groups.key,
        rule_outcomes.rule_id,
        rule_outcomes.rule_version
),

rated as (
    select
        *,
        hits + misses as n,
        hits / nullif(hits + misses, 0) as hit_rate,
        pow(1.95996398, 2) as zz
    from counted
)

select
    call_date,
    dimension,
    key,
    rule_id,
    rule_version,
    title,
    severity,
    calls,
    hits,
    misses,
    not_applicable,
    not_evaluated,
    hit_rate,
    (hit_rate + zz / (2 * n) - sqrt(zz * (hit_rate * (1 - hit_rate) + zz / (4 * n)) / n)) / (1 + zz / n) as ci_low,
    (hit_rate + zz / (2 * n) + sqrt(zz * (hit_rate * (1 - hit_rate) + zz / (4 * n)) / n)) / (1 + zz / n) as ci_high
from rated
