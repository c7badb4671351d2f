-- How did customers feel, day by day?
--
-- Speech whose transcript has no times is left out.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_date : the day
-- column emotion : the emotion; null for speech that no model labelled
-- column speech_s : seconds the customers spoke in it
select
    call_date,
    nullif(emotion, 'unlabelled') as emotion,
    sum(speech_s) as speech_s
from emotions_daily
where role = 'customer' and speech_s is not null and call_date between $from_date and $to_date
group by call_date, emotion
order by call_date, emotion
