-- list_own_sentences: the longest sentences of $calls that no other call has, $texts at most.
with own as (
    select distinct text
    from sentences
    where list_contains($calls::varchar[], call_id) and (length(text) >= 16 or strlen(text) >= 24)
)

select own.text
from own
where own.text not in (
    select sentences.text
    from sentences
    where not list_contains($calls::varchar[], sentences.call_id) and sentences.text is not null
)
order by length(own.text) desc, own.text
limit $texts
