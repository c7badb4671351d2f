-- update_kept_measurements: brings rows of acoustics that stay with their call up to date from kept_channels: the day,
-- who speaks there, and what is done about defects.
update acoustics
set
    call_date = kept.call_date,
    role = kept.role,
    action = kept.action
from kept_channels as kept
where
    acoustics.call_id = kept.call_id
    and kept.source_call_id = kept.call_id
    and acoustics.channel_id = kept.channel_id
    and (acoustics.call_date, acoustics.role, acoustics.action) <> (kept.call_date, kept.role, kept.action)
