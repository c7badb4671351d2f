-- list_transcripts_to_compare: the channels of the calls $ids and $others that $model (null: any) transcribed; those of
-- $others without their text.
select
    call_id,
    channel_id,
    role,
    if(call_id in (select unnest($ids)), text, '') as text,
    model,
    engine
from transcripts
where
    (call_id in (select unnest($ids)) or call_id in (select unnest($others)))
    and (model = $model or $model is null)
order by call_id, channel_id
