-- In which calls was the language switched most often, and where for the first time?
--
-- param limit integer : calls at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column call_date : its day
-- column code_switches : how often a role's next sentence was in another language
-- column languages : languages in it, in the order in which they first occur
-- column moment_ms : begin of the first sentence in another language than its role's sentence before; null where no
--   times are known
with most as (
    select
        call_id,
        call_date,
        code_switches
    from call_metrics
    where code_switches > 0 and call_date between $from_date and $to_date
    order by code_switches desc, call_date desc, call_id asc
    limit $limit
),

said as (
    select
        sentences.call_id,
        sentences.language,
        sentences.begin_ms,
        lag(sentences.language) over (
            partition by sentences.call_id, sentences.role
            order by sentences.begin_ms nulls last, sentences.channel_id, sentences.sentence_id
        ) as earlier
    from sentences
    inner join most on sentences.call_id = most.call_id and sentences.call_date = most.call_date
    where sentences.language is not null
),

first_said as (
    select
        call_id,
        language,
        min(begin_ms) as begin_ms
    from said
    group by call_id, language
),

moments as (
    select
        call_id,
        min(begin_ms) filter (where earlier <> language) as moment_ms
    from said
    group by call_id
),

spoken as (
    select
        call_id,
        list(language order by begin_ms nulls last, language) as languages
    from first_said
    group by call_id
)

select
    most.call_id,
    most.call_date,
    most.code_switches,
    coalesce(spoken.languages, []) as languages,
    moments.moment_ms
from most
left join spoken on most.call_id = spoken.call_id
left join moments on most.call_id = moments.call_id
order by most.code_switches desc, most.call_date desc, most.call_id asc
