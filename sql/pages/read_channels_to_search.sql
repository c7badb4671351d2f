-- What is said on each channel on some days, to search in a snapshot without search_texts?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column role : who speaks
-- column lines : its sentences in the order of time, a line each
select
    call_id,
    any_value(role) as role,
    string_agg(replace(text, chr(10), ' '), chr(10) order by begin_ms nulls last, sentence_id) as lines
from sentences
where call_date between $from_date and $to_date
group by call_id, channel_id
