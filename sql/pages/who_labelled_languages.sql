-- By whom were languages told: by the engine, by the text, or by the recording's metadata?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column source : engine, text or metadata; null for sentences without a language
-- column sentences : how many sentences
select
    case when language is not null then coalesce(language_source, 'engine') end as source,
    count(*) as sentences
from sentences
where call_date between $from_date and $to_date
group by source
order by sentences desc, source asc
