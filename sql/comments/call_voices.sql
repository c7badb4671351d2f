-- What a snapshot says of call_voices and its columns.
comment on table call_voices is
'Who of two voices speaks when, in calls whose voices were told apart by their sound: one row per call.';
comment on column call_voices.call_id is 'the call';
comment on column call_voices.call_date is 'day of the call in QA_TIMEZONE';
comment on column call_voices.recording_id is 'as in calls';
comment on column call_voices.voices is 'voices that could be told apart: 0 (no speech), 1 or 2';
comment on column call_voices.separation is
'how far apart the voices are, 0 to 1; null without speech';
comment on column call_voices.unsure_reason is
'why not to rely on it: too_short, one_voice, badly_separated, more_than_two, hardly_heard or no_speech; null where one may';  -- noqa: LT05
comment on column call_voices.agent_voice is 'the voice taken for the agent''s, 0 or 1; null where none was';
comment on column call_voices.agent_by is
'what told the agent: phrases (what only agents say), first (who speaks first) or null';
comment on column call_voices.segments is 'speech: begin and end in ms from the start of the recording, and the voice';
comment on column call_voices.definition_version is
'version of the telling and the first 8 hex digits of the network''s sha256';
comment on column call_voices.loaded_at is 'when the row was written';
