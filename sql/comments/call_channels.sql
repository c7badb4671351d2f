-- What a snapshot says of call_channels and its columns.
comment on table call_channels is
'Where the sound of each channel of a call lies: one row per channel and recording.';
comment on column call_channels.call_id is 'the call';
comment on column call_channels.channel_id is 'the channel of the call, from 0';
comment on column call_channels.segment is 'which recording of the call in time, from 0';
comment on column call_channels.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column call_channels.role is 'who speaks on the channel: agent, customer, other, or mixed where it is both';
comment on column call_channels.name is 'what the channel is called where it is not its role; else null';
comment on column call_channels.recording_id is 'sha256 of the file''s bytes, as in transcription_tasks';
comment on column call_channels.source_channel is
'the channel of the file, as channel_id of transcription_tasks';
comment on column call_channels.source_uri is 'where the file was when the day was run';
comment on column call_channels.offset_ms is 'how long after the call the file begins, ms';
comment on column call_channels.duration_s is 'length of the file, s';
comment on column call_channels.started_at is 'when the file begins, where known';
comment on column call_channels.agent_id is 'the agent of this recording of the call';
comment on column call_channels.agent_name is 'that agent''s name';
comment on column call_channels.queue is 'the queue of this recording of the call';
