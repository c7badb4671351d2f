-- What a snapshot says of call_agents and its columns.
comment on view call_agents is
'Every agent who took part in a call: one row per call and agent. Calls without a known agent have none.';
comment on column call_agents.call_id is 'the call';
comment on column call_agents.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column call_agents.agent_id is 'the agent';
comment on column call_agents.agent_name is
'the agent''s name, as people.csv has it on the day of the call, else as the call has it';
comment on column call_agents.first_segment is 'the first recording that is this agent''s, from 0';
comment on column call_agents.recordings is 'how many of the call''s recordings are this agent''s';
comment on column call_agents.is_alone is 'whether all of them are: no other agent took part, and none is unknown';
comment on column call_agents.audio_s is 'length of this agent''s recordings, s';
comment on column call_agents.team is 'the agent''s team on the day of the call; null where people.csv names none';
comment on column call_agents.supervisor is 'the agent''s supervisor on the day of the call, as people.csv writes it';
comment on column call_agents.is_listed is 'whether people.csv has the agent on the day of the call';
