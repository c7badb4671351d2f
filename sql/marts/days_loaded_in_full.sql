-- days_loaded_in_full: call dates of the working database on which no run is at work: no call is pending, and
-- every labelled sentence is counted in languages and emotions.
select call_date
from calls
where call_date is not null
group by call_date
having count(*) filter (where status = 'pending') = 0
except
select sentences.call_date
from sentences
anti join languages
    on
        sentences.call_id = languages.call_id
        and sentences.channel_id = languages.channel_id
        and sentences.language = languages.language
where sentences.language is not null
except
select sentences.call_date
from sentences
anti join emotions
    on
        sentences.call_id = emotions.call_id
        and sentences.channel_id = emotions.channel_id
        and sentences.emotion = emotions.emotion
where sentences.emotion is not null
order by call_date
