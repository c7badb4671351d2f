-- The sound of the dialogues.
select
    cast(dialogue_id as varchar) as call_id,
    channel_id,
    date '2000-01-01' as call_date,
    case channel_id when 0 then 'agent' else 'customer' end as role,
    'transcribe' as action,
    [] as defects,
    speech_s,
    0.5 as speech_ratio,
    -25.0 as loudness_db,
    [] as loudness_per_s_db,
    -6.0 as peak_db,
    0.0 as clipping_ratio,
    segments,
    ''::blob as waveform,
    sha256(call_id || channel_id) as channel_sha256,
    sha256(call_id) as recording_id,
    '2.a09c7114' as definition_version,
    '{}' as options,
    timestamptz '2000-01-02' as loaded_at
from dialogue_sounds
