-- update_roles_of_one_channel: of the stereo files in going_on that have both parties on one channel, both channels
-- that were heard are of both.
update acoustics
set role = 'mixed'
from calls
where
    acoustics.call_id = calls.call_id
    and calls.channels = 2
    and calls.call_id in (
        select going_on.call_id from going_on
        where going_on.role = 'mixed'
    )
