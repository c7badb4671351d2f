-- What is known about a call besides its words?
--
-- param call_id varchar : the call
--
-- column call_id : the call
-- column call_date : its day
-- column started_at : when it began, in the reader's time zone
-- column agent_id : who took it
-- column agent_name : the agent's name, as people.csv has it on that day, else as the call has it
-- column team : the agent's team on that day
-- column supervisor : the agent's supervisor on that day, as people.csv writes it
-- column customer_id : who called, or was called
-- column queue : where it came in
-- column direction : inbound or outbound
-- column language : the language that its metadata say
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
    calls.call_id,
    calls.call_date,
    cast(calls.started_at as timestamp) as started_at,
    calls.agent_id,
    coalesce(agents.name, calls.agent_name) as agent_name,
    agents.team,
    agents.supervisor,
    calls.customer_id,
    calls.queue,
    calls.direction,
    calls.language,
    calls.duration_s,
    calls.codec,
    calls.sample_rate,
    calls.channels,
    calls.recording_id,
    calls.source_uri,
    calls.status,
    calls.status_reason,
    calls.status_message
from calls
left join agents
    on
        trim(calls.agent_id) = agents.agent_id
        and coalesce(calls.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
        and coalesce(calls.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
where calls.call_id = $call_id
