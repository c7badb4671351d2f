-- What a snapshot says of calls_daily and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on view calls_daily is 'How many calls each queue had on each day, what became of them, and how they went.';
comment on column calls_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column calls_daily.queue is 'queue in which the calls came in; unknown where that is not known';
comment on column calls_daily.calls is 'recordings that landed';
comment on column calls_daily.ok is 'calls with both roles transcribed';
comment on column calls_daily.partial is 'calls with one role transcribed';
comment on column calls_daily.failed is 'calls with no role transcribed';
comment on column calls_daily.quarantined is 'recordings that were never sent';
comment on column calls_daily.audio_s is 'seconds of the recordings, without quarantined ones';
comment on column calls_daily.defects is 'calls with a defect on a channel';
comment on column calls_daily.escalated is 'calls that escalated';
comment on column calls_daily.recovered is 'calls that recovered';
comment on column calls_daily.definition_version is
'version of the metric definitions; mixed where calls were measured by different ones, null where none was';
comment on column calls_daily.engine is
'engine that made the transcripts of these calls; mixed where several did, null where none';
