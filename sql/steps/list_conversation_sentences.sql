-- list_conversation_sentences: all that agent and customer said on $days, call by call in the order of
-- list_conversations.
select
    call_id,
    role,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms,
    text,
    language,
    emotion,
    coalesce(segment, 0) as segment
from sentences
where list_contains(cast($days as date[]), call_date) and role in ('agent', 'customer')
order by call_id
