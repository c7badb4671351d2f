-- list_sentences_to_compare: what was said in the calls $ids, channel by channel.
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
    text,
    language,
    begin_ms,
    confidence,
    words
from said
order by call_id, channel_id, sentence_id
