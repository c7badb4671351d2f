-- Where does the sound of a call's channels lie?
--
-- param call_id varchar : the call
--
-- column form : how the call was handed over
-- column channel_id : the channel of the call
-- column role : who is on it
-- column name : what it is called, where that is not its role
-- column recording_id : sha256 of the file
-- column source_uri : where the file is kept
-- column source_channel : the channel of the file
-- column offset_ms : how long after the call the file begins
-- column duration_s : length of the file
-- column segment : which recording of the call
select
    calls.form,
    call_channels.channel_id,
    call_channels.role,
    call_channels.name,
    call_channels.recording_id,
    call_channels.source_uri,
    call_channels.source_channel,
    call_channels.offset_ms,
    call_channels.duration_s,
    call_channels.segment
from call_channels
inner join calls on call_channels.call_id = calls.call_id
where call_channels.call_id = $call_id
order by call_channels.channel_id, call_channels.segment
