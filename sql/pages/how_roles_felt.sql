-- How did agents and customers feel?
--
-- Speech whose transcript has no times is left out.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column role : agent or customer
-- column emotion : the emotion; null for speech that no model labelled
-- column speech_s : seconds the role spoke in it
select
    role,
    nullif(emotion, 'unlabelled') as emotion,
    sum(speech_s) as speech_s
from emotions_daily
where speech_s is not null and call_date between $from_date and $to_date
group by role, emotion
order by role, emotion
