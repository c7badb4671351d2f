-- list_own_sentences: the longest sentences of $call_ids that no other call has, $texts at most.
with own as (
    select distinct text
    from sentences
    where list_contains($call_ids::varchar[], call_id) and (length(text) >= 16 or strlen(text) >= 24)
),

others as (
    select distinct text
    from sentences
    where not list_contains($call_ids::varchar[], call_id)
)

select own.text
from own
anti join others on own.text = others.text
order by length(own.text) desc, own.text
limit $texts
