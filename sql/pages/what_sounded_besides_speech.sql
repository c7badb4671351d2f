-- What sounded on a call's channels that is no speech, one row a stretch?
--
-- param call_id varchar : the call
--
-- column role : who speaks on the channel
-- column channel_id : the channel
-- column kind : ringing, tone, music or announcement
-- column begin_ms : its begin, ms from the start of the recording
-- column end_ms : its end
with stretches as (
    select
        acoustics.role,
        acoustics.channel_id,
        unnest(acoustics.sounds) as sound
    from acoustics
    where acoustics.call_id = $call_id
)

select
    stretches.role,
    stretches.channel_id,
    struct_extract(stretches.sound, 'kind') as kind,
    struct_extract(stretches.sound, 'begin_ms') as begin_ms,
    struct_extract(stretches.sound, 'end_ms') as end_ms
from stretches
order by stretches.channel_id, struct_extract(stretches.sound, 'begin_ms')
