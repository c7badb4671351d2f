-- What a snapshot says of transcription_tasks and its columns.
comment on table transcription_tasks is
'What was sent, billed and answered: one row per attempt at a channel, copied from the ledger.';
comment on column transcription_tasks.recording_id is 'sha256 of the file''s bytes; see call_channels';
comment on column transcription_tasks.channel_id is 'the channel of the file, from 0; see call_channels';
comment on column transcription_tasks.model is 'the requested model';
comment on column transcription_tasks.parameters_hash is
'hash of the request: language, enable_itn, enable_words, vocabulary_id, special_word_filter; not of the context';
comment on column transcription_tasks.attempt is 'number of the attempt, from 1';
comment on column transcription_tasks.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column transcription_tasks.submission_id is
'the request; both channels share it with channels_per_task = "together"';
comment on column transcription_tasks.task_id is 'the service''s id of the task';
comment on column transcription_tasks.state is 'state in the ledger, see operations';
comment on column transcription_tasks.code is 'the service''s code, or one of ours, where something went wrong';
comment on column transcription_tasks.message is 'the code in words';
comment on column transcription_tasks.planned_at is 'when it was planned';
comment on column transcription_tasks.submitted_at is 'when the service accepted it';
comment on column transcription_tasks.ended_at is 'when the task ended';
comment on column transcription_tasks.fetched_at is 'when its result was on disk';
comment on column transcription_tasks.audio_s is 'length of the recording, s';
comment on column transcription_tasks.billed_s is 'seconds billed, as the service reports them; 0 for a failed task';
comment on column transcription_tasks.cost_usd is 'billed_s at list price, US dollars; 0 for the local service';
comment on column transcription_tasks.engine is
'who transcribed: dashscope <region>, local <recognizer> with the size and the hash of its weights '
'(local whisper base d01c3014), or import <kind> for an imported transcript; whom was asked, where nobody answered';
comment on column transcription_tasks.raw_path is 'the JSON (or .sse, an event stream), below raw/';
comment on column transcription_tasks.model_reason is 'why this model: the setting, or what auto decided by';
comment on column transcription_tasks.context_sha256 is 'sha256 of the context that was sent; null without one';
comment on column transcription_tasks.asked_again is
'whether it was requested although there was a result (qa-pipeline retry)';
