-- What a snapshot says of acoustics and its columns.
comment on table acoustics is
'What was heard on each channel before anything was sent, what is wrong with it, and what was done about it.';
comment on column acoustics.call_id is 'the call';
comment on column acoustics.channel_id is 'the channel of the call, from 0';
comment on column acoustics.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column acoustics.role is 'who speaks on the channel';
comment on column acoustics.action is
'what was done: transcribe, skip_silent or skip_duplicate (not sent, not paid for), or quarantine (the whole call)';
comment on column acoustics.defects is 'names of defects; empty where nothing is wrong';
comment on column acoustics.missing is 'why part of the sound is missing, as a sentence; null when it is complete';
comment on column acoustics.speech_s is 'seconds of speech by the detector, which knows no words';
comment on column acoustics.speech_ratio is 'speech_s ÷ the length of what was recorded';
comment on column acoustics.speech_loudness_db is 'level of the speech alone, dB of full scale; null without any';
comment on column acoustics.loudness_db is 'level of the whole channel, dB of full scale';
comment on column acoustics.loudness_per_s_db is 'level of each second, dB of full scale; the last one of what remains';
comment on column acoustics.peak_db is 'level of the loudest sample, dB of full scale';
comment on column acoustics.clipping_ratio is 'share of samples in flat tops at full scale';
comment on column acoustics.correlation is
'similarity to the other channel over the whole recording, at the best lag, −1 to 1; null where a channel is all zero';
comment on column acoustics.correlation_lag_ms is 'how much later this channel comes than the other; negative: earlier';
comment on column acoustics.correlation_gain_db is 'this channel''s level over the other''s, dB';
comment on column acoustics.copy_s is 'seconds in which the other channel is louder and both have sound; null for none';
comment on column acoustics.copy_correlation is
'mean similarity in these seconds: how certain it is that this channel holds a copy of the other';
comment on column acoustics.copy_lag_ms is 'how much later that copy comes, ms';
comment on column acoustics.copy_gain_db is 'the copy''s level against the original, dB';
comment on column acoustics.late_s is 'seconds by which it begins after the other channel; null if unsuspicious';
comment on column acoustics.drift_ms_per_min is 'ms per minute it falls further behind the other; null if not heard';
comment on column acoustics.segments is 'stretches of speech in order, ms from the start of the recording';
comment on column acoustics.sounds is
'stretches of ringing, tone, music and announcement in order, ms from the start. Null if an earlier version measured';
comment on column acoustics.waveform is
'outline for a player: lowest and highest sample in turn, signed bytes of 1/128 full scale, 20 pairs per second';
comment on column acoustics.timeline is
'when sources begin later than the call, as channel.segment=ms; null where none does';
comment on column acoustics.greeting_channel is
'the channel that greets as an agent does, by which roles are judged; null for outbound calls';
comment on column acoustics.channel_sha256 is 'sha256 of the channel''s decoded samples';
comment on column acoustics.recording_id is 'sha256 of the recording''s bytes';
comment on column acoustics.definition_version is
'version of the measurement, a point, and eight hex digits that change with any option';
comment on column acoustics.options is 'the options it was measured with';
comment on column acoustics.loaded_at is 'when the row was written';
