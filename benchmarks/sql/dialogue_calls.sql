-- The dialogues as calls of one day, to be analysed.
select
    cast(dialogue_id as varchar) as call_id,
    sha256(call_id) as recording_id,
    date '2000-01-01' as call_date,
    duration_s,
    0 as agent_channel,
    'stereo' as form,
    1 as recordings,
    'inbound' as direction,
    'file:///made-up.wav' as source_uri,
    case kind when 'whole' then 'ok' when 'none' then 'failed' else 'partial' end as status,
    timestamptz '2000-01-02' as loaded_at
from dialogues
