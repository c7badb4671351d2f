-- list_speech_of_one_channel: where the channel sounds that both parties are on, in the calls $call_ids. Of a stereo
-- file it is the one that is sent.
select distinct
    acoustics.call_id,
    acoustics.segments
from acoustics
inner join calls on acoustics.call_id = calls.call_id and acoustics.recording_id = calls.recording_id
inner join call_channels
    on acoustics.call_id = call_channels.call_id and acoustics.channel_id = call_channels.source_channel
where acoustics.call_id in (select unnest(cast($call_ids as varchar[]))) and acoustics.role = 'mixed'
order by acoustics.call_id
