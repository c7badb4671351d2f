-- Where the list that an outcome came from says it no longer, and another one does: names the other one, so that the
-- outcome goes when that one lacks it. What lists say is known of those of $folders (null: of all that count). The row
-- keeps its loaded_at: for this alone it is not published again.
update outcomes
set source = landed_outcomes.source
from landed_outcomes
where
    landed_outcomes.call_id = outcomes.call_id
    and landed_outcomes.name = outcomes.name
    and regexp_extract(landed_outcomes.source, '^(.*), line', 1)
    is distinct from regexp_extract(outcomes.source, '^(.*), line', 1)
    and (
        cast($folders as varchar[]) is null
        or list_contains(cast($folders as varchar[]), regexp_extract(coalesce(outcomes.source, ''), '^(.*)/', 1))
    )
