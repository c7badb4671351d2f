-- list_replaced_channels: rows of call_channels of the stereo files in going_on whose form is another one now, as they
-- are in that form. All channels of a file and segment differ in nothing but number, role and place in the file.
with files as (
    select distinct on (call_channels.call_id, call_channels.segment) -- noqa: LT09
        call_channels.* exclude (channel_id, role, source_channel) -- noqa: RF02
    from call_channels
    inner join calls on call_channels.call_id = calls.call_id
    inner join going_on on calls.call_id = going_on.call_id
    where calls.channels = 2 and coalesce(calls.form, 'stereo') <> going_on.form
)

select
    files.*, -- noqa: AM04
    going_on.channel_id,
    going_on.role,
    going_on.source_channel
from files
inner join going_on on files.call_id = going_on.call_id and files.segment = going_on.segment
