-- What a snapshot says of evaluation_events and its columns.
comment on table evaluation_events is 'What was done to evaluations, in order: one row per row of the store''s log.';
comment on column evaluation_events.seq is 'number of the row in the log';
comment on column evaluation_events.evaluation_id is 'the evaluation';
comment on column evaluation_events.call_id is 'the call';
comment on column evaluation_events.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column evaluation_events.happened_at is 'when it was done';
comment on column evaluation_events.kind is
'evaluation_started, answer_given, comment_added, submitted, released, acknowledged, disputed, decided, retracted or withdrawn';  -- noqa: LT05
comment on column evaluation_events.actor is 'login of who did it';
comment on column evaluation_events.question_id is 'the question that was answered or commented';
comment on column evaluation_events.answer is 'the answer as text';
comment on column evaluation_events.comment is 'what was said to the answer, or to a moment of the call';
comment on column evaluation_events.moment_ms is 'the moment, ms from the start of the recording';
comment on column evaluation_events.reason is 'why it was disputed, decided so, retracted or withdrawn';
comment on column evaluation_events.decision is 'of a decision: upheld, changed or rule_changed';
comment on column evaluation_events.score is 'of a submission: the score in percent';
comment on column evaluation_events.seconds_spent is 'of an answer: time since the one before, s';
comment on column evaluation_events.hash is 'hash of the row in the log, which holds that of the row before';
comment on column evaluation_events.loaded_at is 'when the row was written';
