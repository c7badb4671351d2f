-- What a snapshot says of agent_metrics and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on table agent_metrics is
'The metrics of each agent of a call in which several took part, over the recordings of that agent alone.';
comment on column agent_metrics.call_id is 'the call';
comment on column agent_metrics.agent_id is 'the agent';
comment on column agent_metrics.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column agent_metrics.loaded_at is 'when the row was written';
