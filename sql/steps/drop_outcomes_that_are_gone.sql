-- Deletes outcomes of $days that no list says any more. Only of a list that was read, or is not there any more, it is
-- known what it does not say: these are the lists of $folders (null: no other list counts). What others said stays.
delete from outcomes
where
    in_days(outcomes.call_date, $days)
    and (
        cast($folders as varchar[]) is null
        or list_contains(cast($folders as varchar[]), regexp_extract(coalesce(outcomes.source, ''), '^(.*)/', 1))
    )
    and not exists (
        select 1 from landed_outcomes
        where landed_outcomes.call_id = outcomes.call_id and landed_outcomes.name = outcomes.name
    )
