-- How did customers feel, period by period?
--
-- Speech whose transcript has no times is left out.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param period varchar : day, week (from Monday) or month
--
-- column begins : first day of the period, which may lie before the range
-- column emotion : the emotion; null for speech that no model labelled
-- column speech_s : seconds the customers spoke in it
select
    cast(date_trunc($period, call_date) as date) as begins,
    nullif(emotion, 'unlabelled') as emotion,
    sum(speech_s) as speech_s
from emotions_daily
where role = 'customer' and speech_s is not null and call_date between $from_date and $to_date
group by begins, emotion
order by begins, emotion
