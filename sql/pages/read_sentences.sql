-- What was said in a call, in the order of time?
--
-- Sentences without times come last, by role. A snapshot of an earlier version lacks some columns: the row that is
-- never there lends them.
--
-- param call_id varchar : the call
-- param limit integer : sentences at most
-- param offset integer : sentences to leave out before them
-- param with_words boolean : whether the words are asked for
--
-- column number : counts the call's sentences of both roles, from 0
-- column role : who said it
-- column channel_id : on which channel of the call
-- column sentence_id : counts the channel's sentences, from 0
-- column begin_ms : where it begins; null where the transcript has no times
-- column end_ms : where it ends
-- column text : the sentence
-- column language : its language; null: not labelled
-- column language_source : who says the language: engine, text or metadata
-- column emotion : its emotion; null: not labelled
-- column confidence : how sure the engine was, 0 to 1; null where it does not say
-- column words : its words with theirs, where they are asked for
with said as (
    select
        null::double as confidence,
        null::varchar as language_source
    where false
    union all by name
    select * from sentences
    where call_id = $call_id
)

select
    row_number() over (order by begin_ms nulls last, role, channel_id, sentence_id) - 1 as number,
    role,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms,
    text,
    language,
    language_source,
    emotion,
    confidence,
    if($with_words, words, null) as words
from said
order by number
limit $limit offset $offset
