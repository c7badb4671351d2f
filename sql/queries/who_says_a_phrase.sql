-- Who says a phrase?
--
-- Every sentence with the phrase in it, upper and lower case alike, in the order of the calls. Works for any
-- script, since no words are cut: 退款 finds 退款, refund finds "refunded".
--
-- param phrase varchar = refund : what to look for
-- param role varchar = null : agent or customer; null for both
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column role : who said it
-- column begin_s : seconds into the recording
-- column said : the whole sentence
select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    sentences.role,
    round(sentences.begin_ms / 1000.0, 1) as begin_s,
    sentences.text as said
from sentences
inner join calls on sentences.call_id = calls.call_id
where
    contains(lower(sentences.text), lower($phrase))
    and ($role is null or sentences.role = $role)
    and calls.call_date between $from_date and $to_date
order by calls.call_date, calls.call_id, sentences.begin_ms, sentences.role
