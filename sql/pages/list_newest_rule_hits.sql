-- In which calls were rules a hit last, and where?
--
-- One row per call and rule, with its first place.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param rules varchar[] : ids of rules; null for all
-- param needs_review boolean : only those that a person has to look at, or only others; null for both
-- param dimension varchar : agent, team, supervisor or queue, with key
-- param key varchar : whose calls; null for all
-- param most integer : how many
--
-- column call_id : the call
-- column call_date : its day
-- column agent_id : who took it
-- column rule_id : the rule
-- column title : its title
-- column severity : info, low, medium, high or critical
-- column places : how many places it has in the call
-- column role : who says the first one; of what is missing, who was expected to, or anyone
-- column begin_ms : when it begins; null where the model gives no times
-- column evidence : what is said there; empty where something is missing
with newest as (
    select
        rule_outcomes.call_id,
        rule_outcomes.call_date,
        calls.agent_id,
        calls.started_at,
        rule_outcomes.rule_id,
        rule_outcomes.rule_version,
        rule_outcomes.title,
        rule_outcomes.severity,
        rule_outcomes.hit_count
    from rule_outcomes
    inner join calls on rule_outcomes.call_id = calls.call_id
    left join agents
        on
            trim(calls.agent_id) = agents.agent_id
            and calls.call_date >= coalesce(agents.valid_from, date '0001-01-01')
            and calls.call_date <= coalesce(agents.valid_to, date '9999-12-31')
    where
        rule_outcomes.outcome = 'hit'
        and rule_outcomes.call_date between $from_date and $to_date
        and ($rules::varchar[] is null or list_contains($rules::varchar[], rule_outcomes.rule_id))
        and ($needs_review::boolean is null or rule_outcomes.needs_review = $needs_review)  -- noqa: RF02
        and (
            $key::varchar is null  -- noqa: RF02
            or $key = case $dimension  -- noqa: RF02
                when 'agent' then trim(calls.agent_id)
                when 'queue' then trim(calls.queue)
                when 'team' then agents.team
                when 'supervisor' then agents.supervisor
            end
        )
    order by
        rule_outcomes.call_date desc,
        calls.started_at desc nulls last,
        rule_outcomes.call_id asc,
        rule_outcomes.rule_id asc
    limit $most
)

select
    newest.call_id,
    newest.call_date,
    newest.agent_id,
    newest.rule_id,
    newest.title,
    newest.severity,
    newest.hit_count as places,
    rule_hits.role,
    rule_hits.begin_ms,
    rule_hits.evidence
from newest
left join rule_hits
    on
        newest.call_id = rule_hits.call_id
        and newest.rule_id = rule_hits.rule_id
        and newest.rule_version = rule_hits.rule_version
        and rule_hits.hit_id = 0
order by newest.call_date desc, newest.started_at desc nulls last, newest.call_id asc, newest.rule_id asc
