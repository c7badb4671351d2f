-- What a snapshot says of evaluations and its columns.
comment on table evaluations is
'Evaluations of calls, by people and by machine: one row per evaluation as it stood when the store was read.';
comment on column evaluations.evaluation_id is 'the evaluation; of a machine a hash of card, version and call';
comment on column evaluations.call_id is 'the call';
comment on column evaluations.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column evaluations.agent_id is
'the agent who is evaluated: as it was when the evaluation began; of a machine that of the call';
comment on column evaluations.queue is 'queue in which the call came in';
comment on column evaluations.scorecard_id is 'the card';
comment on column evaluations.scorecard_version is 'its version, a hash of its content';
comment on column evaluations.machine_version is
'of a machine: hash of the card and of the rules that answer its questions; null of a person';
comment on column evaluations.evaluation_type is
'standard, blind (without the answers of others and of machines), calibration, dispute (what a decision put in the place of another one) or machine';  -- noqa: LT05
comment on column evaluations.evaluator is 'login of who evaluates; null of a machine';
comment on column evaluations.state is
'draft, submitted, released, acknowledged, disputed, upheld, changed, rule_changed, retracted or withdrawn; of a machine submitted';  -- noqa: LT05
comment on column evaluations.score is
'the score in percent; 0 where it failed automatically, null where there is none';
comment on column evaluations.score_before_fail is 'what it would have been without automatic fails';
comment on column evaluations.failed_by is 'questions that failed the card or a section; empty where none did';
comment on column evaluations.coverage is 'weight answered ÷ weight enabled, 0 to 1; null of a draft';
comment on column evaluations.reason is 'why there is no score';
comment on column evaluations.section_scores is 'score of each section in percent, by its id';
comment on column evaluations.critical_customer is
'score of the questions tagged customer, in percent; null without one that was answered';
comment on column evaluations.critical_business is 'the same of those tagged business';
comment on column evaluations.critical_compliance is 'the same of those tagged compliance';
comment on column evaluations.seconds_spent is 'time that the evaluator spent on it, s';
comment on column evaluations.supersedes is 'the evaluation in whose place a decision put this one';
comment on column evaluations.superseded_by is 'the evaluation that a decision put in its place';
comment on column evaluations.task_id is 'the task that it was started for; see review_tasks';
comment on column evaluations.sample_id is 'the draw that chose the call; null where somebody chose it';
comment on column evaluations.inclusion_probability is 'how likely the draw was to choose the call, above 0 to 1';
comment on column evaluations.session_id is 'ties calibrations and double scorings of one call';
comment on column evaluations.is_expert is 'whether others are held against it in a calibration';
comment on column evaluations.due_at is 'when it is to be done';
comment on column evaluations.created_at is 'when it was started';
comment on column evaluations.submitted_at is 'when it was submitted';
comment on column evaluations.released_at is 'when it was first shown to the agent; null of a machine, which never is';
comment on column evaluations.released_by is 'login of who released it';
comment on column evaluations.acknowledged_at is 'when the agent acknowledged it';
comment on column evaluations.disputed_at is 'when the agent last disputed it';
comment on column evaluations.dispute_round is 'how many times it was disputed';
comment on column evaluations.dispute_reason is 'what the agent said then';
comment on column evaluations.dispute_questions is 'questions that the dispute is about; empty: all';
comment on column evaluations.decided_at is 'when the dispute was decided';
comment on column evaluations.decided_by is 'login of who decided';
comment on column evaluations.decision is 'upheld, changed, or rule_changed (the card was at fault)';
comment on column evaluations.decision_reason is 'what was said with the decision';
comment on column evaluations.revision is 'how many times it was changed';
comment on column evaluations.log_seq is 'the last row of the store''s log that is in this row; null of a machine';
comment on column evaluations.loaded_at is 'when the row was written';
