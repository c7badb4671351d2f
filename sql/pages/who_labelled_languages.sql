-- By whom were languages told: by the engine, by the text, or by the recording's metadata?
--
-- Of the newest calls.
--
-- param calls integer : how many calls are looked at, at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column source : engine, text or metadata; null for sentences without a language
-- column sentences : how many sentences
-- column calls : in how many calls
-- column looked_at : calls that were looked at
with newest as (
    select
        call_id,
        call_date
    from calls
    where status in ('ok', 'partial') and call_date between $from_date and $to_date
    order by call_date desc, started_at desc nulls last, call_id desc
    limit $calls
)

select
    case when sentences.language is not null then coalesce(sentences.language_source, 'engine') end as source,
    count(*) as sentences,
    count(distinct sentences.call_id) as calls,
    (select count(*) from newest as looked) as looked_at
from sentences
inner join newest on sentences.call_id = newest.call_id and sentences.call_date = newest.call_date
group by source
order by sentences desc
