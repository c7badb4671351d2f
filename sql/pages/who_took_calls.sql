-- Who took some calls, and how long are they?
--
-- param call_ids varchar[] : the calls
--
-- column call_id : the call
-- column agent_id : who took it
-- column agent_name : the agent's name, as people.csv has it on that day, else as the call has it
-- column team : the agent's team on that day
-- column queue : where it came in
-- column duration_s : length of the recording
select
    calls.call_id,
    calls.agent_id,
    coalesce(agents.name, calls.agent_name) as agent_name,
    agents.team,
    calls.queue,
    calls.duration_s
from calls
left join agents
    on
        trim(calls.agent_id) = agents.agent_id
        and coalesce(calls.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
        and coalesce(calls.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
where calls.call_id in (select unnest($call_ids))
