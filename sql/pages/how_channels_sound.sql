-- How do a call's channels sound, and what was done about it?
--
-- param call_id varchar : the call
--
-- column role : agent or customer
-- column channel_id : the channel
-- column action : transcribe, skip_silent, skip_duplicate or quarantine
-- column defects : names of its defects
-- column missing : how much of a truncated recording is there; null for any other
-- column late_s : seconds by which it begins after the other channel; null if unsuspicious
-- column drift_ms_per_min : ms per minute it falls further behind the other; null if not heard
-- column waveform : its outline, as qa_pipeline.audio.peaks writes it
select
    role,
    channel_id,
    action,
    defects,
    missing,
    late_s,
    drift_ms_per_min,
    waveform
from acoustics
where call_id = $call_id
order by role
