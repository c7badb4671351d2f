-- What is said in the dialogues, with as many words as any call says in their place.
select
    cast(dialogue_id as varchar) as call_id,
    channel_id,
    sentence_id,
    date '2000-01-01' as call_date,
    role,
    begin_ms,
    end_ms,
    coalesce(fixed_text, case when language in ('zh', 'ja') then repeat('费用', words) else repeat('word ', words) end) as text,
    language,
    emotion
from dialogue_sentences
order by dialogue_id, channel_id, sentence_id
