-- list_rule_alerts: calls from $from_date to $to_date in which a rule came to $outcome, of rules whose severity is one
-- of $severities and whose id is one of $rules (null: any), with team and name of the agent on the day of the call.
with listed as (
    select
        agent_id,
        name,
        team,
        coalesce(valid_from, date '0001-01-01') as since,
        coalesce(valid_to, date '9999-12-31') as until
    from agents
)

select
    rule_outcomes.call_id,
    rule_outcomes.call_date,
    rule_outcomes.rule_id,
    rule_outcomes.title,
    rule_outcomes.severity,
    rule_outcomes.needs_review,
    nullif(trim(calls.queue), '') as queue,
    listed.team,
    coalesce(listed.name, calls.agent_name) as agent_name
from rule_outcomes
inner join calls on rule_outcomes.call_id = calls.call_id
left join listed
    on
        calls.agent_id = listed.agent_id
        and rule_outcomes.call_date >= listed.since
        and rule_outcomes.call_date <= listed.until
where
    rule_outcomes.call_date between $from_date and $to_date
    and rule_outcomes.outcome = $outcome -- noqa: RF02
    and list_contains($severities::varchar[], rule_outcomes.severity) -- noqa: RF02
    and ($rules::varchar[] is null or list_contains($rules::varchar[], rule_outcomes.rule_id))
order by rule_outcomes.call_date, rule_outcomes.call_id, rule_outcomes.rule_id
