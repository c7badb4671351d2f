-- list_speech_of_one_channel: where the channel sounds that both parties are on, in the calls $call_ids.
select
    acoustics.call_id,
    acoustics.segments
from acoustics
inner join calls on acoustics.call_id = calls.call_id and acoustics.recording_id = calls.recording_id
where list_contains(cast($call_ids as varchar[]), acoustics.call_id) and acoustics.role = 'mixed'
order by acoustics.call_id
