-- How many sentences has each day?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_date : the day; the newest comes first
-- column sentences : their number
select
    call_date,
    coalesce(sum(sentence_count), 0)::bigint as sentences
from transcripts
where call_date between $from_date and $to_date
group by call_date
order by call_date desc
