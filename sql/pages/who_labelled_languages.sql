-- By whom were languages told: by the engine, by the text, or by the recording's metadata?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column source : engine, text or metadata; null for sentences without a language
-- column sentences : how many sentences
with counted as (  -- a year has millions of sentences, so nothing is worked out of each
    select
        language_source,
        count(language) as told,
        count(*) - count(language) as untold
    from sentences
    where call_date between $from_date and $to_date
    group by language_source
),

by_source as (
    select
        coalesce(language_source, 'engine') as source,
        told as sentences
    from counted
    union all
    select
        null as source,
        untold as sentences
    from counted
)

select
    source,
    cast(sum(sentences) as bigint) as sentences
from by_source
where sentences > 0
group by source
order by sentences desc, source asc
