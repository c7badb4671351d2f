-- What was said in a call, in the order of time?
--
-- Sentences without times come last, by role.
--
-- param call_id varchar : the call
-- param limit integer : sentences at most
-- param offset integer : sentences to leave out before them
--
-- column number : counts the call's sentences of both roles, from 0
-- column role : agent or customer
-- column begin_ms : where it begins; null where the transcript has no times
-- column end_ms : where it ends
-- column text : the sentence
-- column language : its language; null: not labelled
-- column emotion : its emotion; null: not labelled
select
    row_number() over (order by begin_ms nulls last, role, sentence_id) - 1 as number,
    role,
    begin_ms,
    end_ms,
    text,
    language,
    emotion
from sentences
where call_id = $call_id
order by number
limit $limit offset $offset
