-- list_sentences_to_export: what was said in the calls $ids; the words only where $with_words is true.
-- A snapshot of an earlier version has no confidence: the row that is never there lends the column to it.
with said as (
    select null::double as confidence
    where false
    union all by name
    select * from sentences
    where call_id in (select unnest($ids))
)

select
    call_id,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms,
    text,
    language,
    emotion,
    confidence,
    if($with_words, words, null) as words
from said
order by call_id, channel_id, sentence_id
