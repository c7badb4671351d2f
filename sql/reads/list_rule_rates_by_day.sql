-- list_rule_rates_by_day: how often each of $rules was met in the calls of all and of each queue on each day from
-- $from_date to $to_date that it was evaluated in. Each version of a rule is a series of its own.
select
    call_date,
    dimension,
    key,
    rule_id,
    rule_version,
    title,
    hits + misses as n,
    hits
from rules_daily
where
    call_date between $from_date and $to_date
    and dimension in ('all', 'queue')
    and list_contains($rules::varchar[], rule_id)
order by dimension, key, rule_id, rule_version, call_date
