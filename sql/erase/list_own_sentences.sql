-- list_own_sentences: the longest sentences of $call_ids that no other call says, not as a part of another sentence
-- either, $texts at most. They are compared by letters and digits alone, without the kinds of what is masked.
with said as (
    select
        text,
        list_contains($call_ids::varchar[], call_id) as is_own,
        regexp_replace(
            lower(strip_accents(regexp_replace(text, '\[[^\]]*\]', '', 'g'))), '[^\p{L}\p{N}]+', '', 'g'
        ) as letters
    from sentences
),

own as (
    select distinct
        text,
        letters
    from said
    where is_own and (length(letters) >= 14 or strlen(letters) >= 24)
    order by length(letters) desc, text
    limit 3 * $texts
),

others as (
    select distinct letters
    from said
    where not is_own and length(letters) >= 8
)

select own.text
from own
where
    not exists (
        select 1 from others
        where contains(others.letters, own.letters)
    )
order by length(own.letters) desc, own.text
limit $texts
