-- What a snapshot says of counts_daily and its columns.
comment on table counts_daily is
'How many calls each agent, each queue and all together had on each day, and what became of them.';
comment on column counts_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column counts_daily.dimension is 'what the calls are grouped by: agent, queue or all';
comment on column counts_daily.key is 'the agent''s id, the queue, or all; unknown where that is not known';
comment on column counts_daily.agent_name is 'the agent''s name; null for other dimensions';
comment on column counts_daily.calls is 'recordings that landed';
comment on column counts_daily.ok is 'calls with both roles transcribed';
comment on column counts_daily.partial is 'calls with one role transcribed';
comment on column counts_daily.failed is 'calls with no role transcribed';
comment on column counts_daily.quarantined is 'recordings that were never sent';
comment on column counts_daily.audio_s is 'seconds of the recordings, without quarantined ones';
comment on column counts_daily.defects is 'calls with a defect on a channel';
comment on column counts_daily.escalated is 'calls that escalated';
comment on column counts_daily.recovered is 'calls that recovered';
comment on column counts_daily.both_roles is 'calls with metrics of both roles';
comment on column counts_daily.minimum_n is
'the setting minimum_n when the row was written: do not rank where both_roles is smaller';
comment on column counts_daily.definition_version is
'version of the metric definitions; mixed where calls were measured by different ones, null where none was';
comment on column counts_daily.engine is
'engine that made the transcripts of these calls; mixed where several did, null where none';
comment on column counts_daily.told_by_voice is
'how many of both_roles have both parties on one channel, told apart by voice; null if an earlier version counted';
