-- Which languages does each queue hear?
--
-- What customers speak in each queue, by speech time: where a language is missing on the staff.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column queue : where the calls came in
-- column language : language code
-- column calls : calls in which a customer spoke it
-- column speech_s : seconds of customer speech in it; null where the model gives no times
-- column share_of_queue : that ÷ all customer speech of the queue
with spoken as (
    select
        calls.queue,
        languages.language,
        count(distinct languages.call_id) as calls,
        sum(languages.speech_s) as speech_s
    from languages
    inner join calls on languages.call_id = calls.call_id
    where
        languages.role = 'customer'
        and calls.call_date between $from_date and $to_date
    group by calls.queue, languages.language
)

select
    queue,
    language,
    calls,
    round(speech_s, 1) as speech_s,
    round(speech_s / sum(speech_s) over (partition by queue), 2) as share_of_queue
from spoken
order by queue asc, speech_s desc, language asc
