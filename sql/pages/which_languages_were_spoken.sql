-- Which languages were spoken, the most spoken first?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column language : the service's code of the language
-- column sentences : sentences in it
-- column speech_s : seconds of speech in it; 0 where no transcript has times
select
    language,
    cast(sum(sentences) as bigint) as sentences,
    coalesce(sum(speech_s), 0) as speech_s
from languages_daily
where language <> 'unlabelled' and call_date between $from_date and $to_date
group by language
order by speech_s desc, sentences desc, language asc
