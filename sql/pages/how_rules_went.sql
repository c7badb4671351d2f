-- What did rules come to in the calls of some days?
--
-- One row per group, rule, version of the rule and period: calls of two versions are never put together. The rate is of
-- the calls that were evaluated. Teams and supervisors have the calls that their agents took while they were theirs.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param dimension varchar : agent, team, supervisor, queue or all
-- param key varchar : one of the groups; null for all of them
-- param period varchar : day, week (from Monday), month, or null for all days together
-- param rules varchar[] : ids of rules; null for all
--
-- column key : the agent's id, the team, the supervisor or the queue; unknown, or all of all
-- column rule_id : the rule
-- column rule_version : its version
-- column title : its title
-- column severity : info, low, medium, high or critical
-- column begins : first day of the period, which may lie before the range; null for all days together
-- column calls : calls that it was applied to
-- column hits : calls in which it was a hit
-- column misses : calls in which it was a miss
-- column not_applicable : calls that it is not for, or whose precondition did not occur
-- column not_evaluated : calls of which it can't be told
-- column hit_rate : hits ÷ (hits + misses); null without either
-- column ci_low : lower end of the rate's 95% interval (Wilson)
-- column ci_high : upper end of it
-- column first_date : day of the first call
-- column last_date : day of the last call
with of_groups as (
    select * -- noqa: AM04
    from rules_daily
    where
        dimension = $dimension
        and call_date between $from_date and $to_date
        and ($rules::varchar[] is null or list_contains($rules::varchar[], rule_id))
    union all by name
    select
        rules_daily.* exclude (key),
        case $dimension when 'team' then agents.team else agents.supervisor end as key  -- noqa: RF02
    from rules_daily
    inner join agents
        on
            rules_daily.key = agents.agent_id
            and rules_daily.call_date >= coalesce(agents.valid_from, date '0001-01-01')
            and rules_daily.call_date <= coalesce(agents.valid_to, date '9999-12-31')
    where
        $dimension in ('team', 'supervisor')  -- noqa: RF02
        and rules_daily.dimension = 'agent'
        and rules_daily.call_date between $from_date and $to_date
        and ($rules::varchar[] is null or list_contains($rules::varchar[], rules_daily.rule_id))
),

summed as (
    select
        coalesce(key, 'unknown') as key,
        rule_id,
        rule_version,
        max_by(title, call_date) as title,
        max_by(severity, call_date) as severity,
        case when $period is not null then cast(date_trunc($period, call_date) as date) end as begins,
        cast(sum(calls) as bigint) as calls,
        cast(sum(hits) as bigint) as hits,
        cast(sum(misses) as bigint) as misses,
        cast(sum(not_applicable) as bigint) as not_applicable,
        cast(sum(not_evaluated) as bigint) as not_evaluated,
        min(call_date) as first_date,
        max(call_date) as last_date
    from of_groups
    where $key is null or key = $key
    group by all
)

select
    key,
    rule_id,
    rule_version,
    title,
    severity,
    begins,
    calls,
    hits,
    misses,
    not_applicable,
    not_evaluated,
    hits / nullif(hits + misses, 0) as hit_rate,
    wilson_low(hits, hits + misses) as ci_low,
    wilson_high(hits, hits + misses) as ci_high,
    first_date,
    last_date
from summed
order by rule_id, last_date, rule_version, key, begins
