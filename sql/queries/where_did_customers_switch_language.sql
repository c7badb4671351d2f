-- Where did customers switch language?
--
-- Each sentence whose language differs from the customer's sentence before it: the moment at which a second
-- language, or an agent who speaks it, was needed.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column begin_s : seconds into the recording
-- column from_language : language of the sentence before
-- column to_language : language from here on
-- column said : the first sentence in the new language
with customer_sentences as (
    select
        call_id,
        begin_ms,
        language,
        text,
        lag(language) over (partition by call_id order by begin_ms, sentence_id) as language_before
    from sentences
    where role = 'customer' and language is not null
)

select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    round(customer_sentences.begin_ms / 1000.0, 1) as begin_s,
    customer_sentences.language_before as from_language,
    customer_sentences.language as to_language,
    customer_sentences.text as said
from customer_sentences
inner join calls on customer_sentences.call_id = calls.call_id
where
    customer_sentences.language <> customer_sentences.language_before
    and calls.call_date between $from_date and $to_date
order by calls.call_date, calls.call_id, customer_sentences.begin_ms
