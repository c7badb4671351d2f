-- Which languages does each queue hear?
--
-- What customers speak in each queue, by speech time: where a language is missing on the staff. Calls of models that
-- give no times are counted and add no speech.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column queue : where the calls came in; unknown where that is not known
-- column language : language code
-- column calls : calls in which a customer spoke it
-- column speech_s : seconds of customer speech in it
-- column share_of_queue : that ÷ all customer speech of the queue
with spoken as (
    select
        queue,
        language,
        cast(sum(calls) as bigint) as calls,
        sum(speech_s) as speech_s
    from languages_daily
    where
        role = 'customer'
        and language <> 'unlabelled'
        and call_date between $from_date and $to_date
    group by queue, language
)

select
    queue,
    language,
    calls,
    round(speech_s, 1) as speech_s,
    round(speech_s / sum(speech_s) over (partition by queue), 2) as share_of_queue
from spoken
order by queue asc, speech_s desc nulls last, language asc
