-- What a snapshot says of agents_daily and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on view agents_daily is 'How each agent''s calls of a day went.';
comment on column agents_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column agents_daily.agent_id is 'the agent; unknown where that is not known';
comment on column agents_daily.agent_name is 'the agent''s name';
comment on column agents_daily.calls is 'calls, without quarantined ones';
comment on column agents_daily.n is 'calls with metrics of both roles';
comment on column agents_daily.minimum_n is 'the setting minimum_n when the row was written';
comment on column agents_daily.is_enough is 'whether n reaches minimum_n; do not rank where it is false';
comment on column agents_daily.agent_talk_speed_unit is
'words/min or characters/min: that of most of the calls. Calls in the other unit are not in the mean';
comment on column agents_daily.definition_version is
'version of the metric definitions; mixed where calls were measured by different ones, null where none was';
comment on column agents_daily.engine is
'engine that made the transcripts of these calls; mixed where several did, null where none';
