-- What a snapshot says of transcripts and its columns.
comment on table transcripts is 'One row per transcribed channel.';
comment on column transcripts.call_id is 'the call';
comment on column transcripts.channel_id is 'the channel of the call, from 0';
comment on column transcripts.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column transcripts.role is 'who speaks on the channel';
comment on column transcripts.text is 'the whole text as the service gave it; empty when nobody spoke';
comment on column transcripts.language is
'language spoken longest; that of most sentences where the model gives no times';
comment on column transcripts.emotion is
'emotion spoken longest; that of most sentences where the model gives no times';
comment on column transcripts.sentence_count is 'number of sentences';
comment on column transcripts.speech_s is
'seconds of speech, overlapping sentences once; null where the model gives no times';
comment on column transcripts.model is
'the model that was asked for; the local service answers in its place, in its form: who heard the channel is in engine';
comment on column transcripts.engine is 'who transcribed, as in transcription_tasks';
comment on column transcripts.recording_id is 'as in calls';
comment on column transcripts.loaded_at is 'when the row was written';
