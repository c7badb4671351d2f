-- What is known about a call besides its words?
--
-- param call_id varchar : the call
--
-- column call_id : the call
-- column call_date : its day
-- column started_at : when it began, in the reader's time zone
-- column agent_id : who took it
-- column agent_name : the agent's name
-- column customer_id : who called, or was called
-- column queue : where it came in
-- column direction : inbound or outbound
-- column duration_s : length of the recording
-- column codec : its codec
-- column sample_rate : samples per second
-- column channels : how many channels it has
-- column recording_id : sha256 of the recording, of the first where it has several
-- column source_uri : where the recording is kept
-- column status : ok, partial, failed, quarantined or pending
-- column status_reason : code of the reason, where it is not ok
-- column status_message : the reason, and what to do about it, in a sentence
select
    call_id,
    call_date,
    cast(started_at as timestamp) as started_at,
    agent_id,
    agent_name,
    customer_id,
    queue,
    direction,
    duration_s,
    codec,
    sample_rate,
    channels,
    recording_id,
    source_uri,
    status,
    status_reason,
    status_message
from calls
where call_id = $call_id
