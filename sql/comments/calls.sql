-- What a snapshot says of calls and its columns.
comment on table calls is 'One row per recording that landed, usable or not.';
comment on column calls.call_id is 'the call; derived from the file''s name where the metadata has no usable id';
comment on column calls.recording_id is
'sha256 of the recording''s bytes, of several files one made of theirs; null if it could not be read';
comment on column calls.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column calls.started_at is 'when the call began, where known';
comment on column calls.agent_id is 'the agent who took the call';
comment on column calls.agent_name is 'the agent''s name';
comment on column calls.customer_id is 'the customer';
comment on column calls.queue is 'queue in which the call came in';
comment on column calls.direction is 'inbound, outbound or internal';
comment on column calls.language is 'the language that the metadata says the call is in, not the one heard';
comment on column calls.duration_s is 'length of the recording, s';
comment on column calls.container is 'file format by its bytes: wav, mp3, m4a ...';
comment on column calls.codec is 'codec: pcm_mulaw, opus, aac ...';
comment on column calls.sample_rate is 'samples per second';
comment on column calls.channels is 'number of channels';
comment on column calls.size_bytes is 'size of the file, bytes';
comment on column calls.agent_channel is 'channel on which the agent speaks';
comment on column calls.source_uri is 'where the recording was when the day was run';
comment on column calls.metadata_source is 'nearest source with metadata: sidecar, calls.csv, file name or folder';
comment on column calls.metadata_extra is 'metadata keys that the product does not use';
comment on column calls.status is
'ok (both roles transcribed), partial (one), failed (none) or quarantined (never sent)';
comment on column calls.status_reason is 'code of the quarantine reason or of the first failure, or STILL_OPEN';
comment on column calls.status_message is 'the reason as a sentence, with what to do about it';
comment on column calls.loaded_at is 'when the row was written';
comment on column calls.imports is
'transcripts found beside the recording, one per channel: file, sha256, source, why it can''t be used; null without any';  -- noqa: LT05
comment on column calls.metadata_remarks is
'sentences on metadata that was read in a way one should know of, such as a time that clocks show twice; null if none';
comment on column calls.stale_reason is
'why the row is as it was transcribed, and not as the landing zone has it now; null where it is';
comment on column calls.form is
'how it was handed over: stereo, parts (a file per party), tracks, channels (more than two), diarized or single (one channel); null where there is no sound to send';  -- noqa: LT05
comment on column calls.recordings is 'recordings of the call, one after the other; null where there is none to send';
comment on column calls.agent_channel_from is
'what says on which channel the agent is: sidecar, calls.csv, file name; agent_channel, agent_channels 1 (the first rule), landing_layout; default (nothing does, 0 was taken)';  -- noqa: LT05
comment on column calls.missing_recordings is
'sentences on recordings of the call that could not be taken; each is a quarantined row of its own; null if none';
comment on column calls.voices_separation is
'how far apart the two voices of a diarized call are, 0 to 1; null where that was not measured';
comment on column calls.voices_unsure is
'whether agent and customer of a diarized call must not be relied on; null for calls of other forms';
comment on column calls.voices_unsure_reason is
'why not: too_short, one_voice, badly_separated, more_than_two, hardly_heard, no_speech, no_times or not_told';
comment on column calls.text_deleted_at is 'when what was said was deleted by age; null where it is there';
