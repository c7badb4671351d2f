-- list_sentences_to_compare: what was said in the calls $ids, channel by channel.
select
    call_id,
    channel_id,
    text,
    language,
    begin_ms
from sentences
where call_id in (select unnest($ids))
order by call_id, channel_id, sentence_id
