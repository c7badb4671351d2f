-- One transcript per channel of the dialogues that was transcribed.
select
    cast(dialogue_id as varchar) as call_id,
    channel_id,
    date '2000-01-01' as call_date,
    case channel_id when 0 then 'agent' else 'customer' end as role,
    '' as text,
    0 as sentence_count,
    'made-up' as model,
    'made-up' as engine,
    call_id as recording_id,
    timestamptz '2000-01-02' as loaded_at
from dialogues, range(2) as channels (channel_id)
where kind in ('whole', role)
