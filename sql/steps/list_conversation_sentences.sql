-- list_conversation_sentences: all that agent and customer said on $days, call by call in the order of
-- list_conversations.
select
    sentences.call_id,
    sentences.role,
    sentences.channel_id,
    sentences.sentence_id,
    sentences.begin_ms,
    sentences.end_ms,
    sentences.text,
    sentences.language,
    sentences.emotion,
    coalesce(sentences.segment, 0) as segment,
    sentences.confidence,
    list_filter(
        list_transform(sentences.words, lambda word: word.confidence), lambda sure: sure is not null  -- noqa: RF03
    ) as word_confidences
from sentences
where in_days(sentences.call_date, $days) and sentences.role in ('agent', 'customer')
order by sentences.call_id
