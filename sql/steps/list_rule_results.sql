-- list_rule_results: what the rules $rules came to in the calls $call_ids of the days $days, one row per call and rule,
-- with the hits as answers have their evidence: role, ids of the sentences, begin and end in ms.
with places as (
    select
        hits.call_id,
        hits.rule_id,
        hits.rule_version,
        hits.hit_id,
        any_value(hits.role) as role,
        any_value(hits.begin_ms) as begin_ms,
        any_value(hits.end_ms) as end_ms,
        coalesce(
            list(sentences.sentence_id order by sentences.sentence_id)
            filter (where sentences.sentence_id is not null),
            []
        ) as sentence_ids
    from rule_hits as hits
    left join sentences
        on
            hits.call_id = sentences.call_id
            and hits.channel_id = sentences.channel_id
            and sentences.sentence_id between hits.sentence_id and coalesce(hits.last_sentence_id, hits.sentence_id)
    where
        in_days(hits.call_date, $days)
        and hits.call_id in (select unnest($call_ids::varchar[]))
        and list_contains($rules::varchar[], hits.rule_id)
    group by hits.call_id, hits.rule_id, hits.rule_version, hits.hit_id
),

evidence as (
    select
        call_id,
        rule_id,
        rule_version,
        list(
            struct_pack(role := role, sentence_ids := sentence_ids, begin_ms := begin_ms, end_ms := end_ms)
            order by hit_id
        ) as hits
    from places
    group by call_id, rule_id, rule_version
)

select
    outcomes.call_id,
    outcomes.rule_id,
    outcomes.outcome,
    outcomes.reason,
    outcomes.rule_version,
    coalesce(evidence.hits, []) as hits
from rule_outcomes as outcomes
left join evidence
    on
        outcomes.call_id = evidence.call_id
        and outcomes.rule_id = evidence.rule_id
        and outcomes.rule_version = evidence.rule_version
where
    in_days(outcomes.call_date, $days)
    and outcomes.call_id in (select unnest($call_ids::varchar[]))
    and list_contains($rules::varchar[], outcomes.rule_id)
