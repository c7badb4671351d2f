-- What a snapshot says of agent_calls and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on view agent_calls is
'Every agent''s calls with the metrics of what was that agent''s own. Calls without a known agent have none.';
comment on column agent_calls.call_id is 'the call';
comment on column agent_calls.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column agent_calls.agent_id is 'the agent';
comment on column agent_calls.agent_name is 'the agent''s name';
comment on column agent_calls.is_alone is
'whether the metrics are those of the whole call; else of the recordings of this agent, where some metrics are null';
comment on column agent_calls.team is 'the agent''s team on the day of the call; null where people.csv names none';
comment on column agent_calls.supervisor is 'the agent''s supervisor on the day of the call, as people.csv writes it';
