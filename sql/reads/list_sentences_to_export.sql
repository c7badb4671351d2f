-- list_sentences_to_export: what was said in the calls $ids; the words only where $with_words is true.
select
    call_id,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms,
    text,
    language,
    emotion,
    if($with_words, words, null) as words
from sentences
where call_id in (select unnest($ids))
order by call_id, channel_id, sentence_id
