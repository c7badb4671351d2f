-- What a snapshot says of queues_daily and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on view queues_daily is 'How agents did in each queue''s calls of a day.';
comment on column queues_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column queues_daily.queue is 'queue in which the calls came in; unknown where that is not known';
comment on column queues_daily.calls is 'calls, without quarantined ones';
comment on column queues_daily.n is 'calls with metrics of both roles';
comment on column queues_daily.minimum_n is 'the setting minimum_n when the row was written';
comment on column queues_daily.is_enough is 'whether n reaches minimum_n; do not rank where it is false';
comment on column queues_daily.agent_talk_speed_unit is
'words/min or characters/min: that of most of the calls. Calls in the other unit are not in the mean';
comment on column queues_daily.definition_version is
'version of the metric definitions; mixed where calls were measured by different ones, null where none was';
comment on column queues_daily.engine is
'engine that made the transcripts of these calls; mixed where several did, null where none';
