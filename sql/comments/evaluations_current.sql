-- What a snapshot says of evaluations_current and its columns.
comment on table evaluations_current is 'Evaluations that stand: submitted, and neither retracted nor given up.';
comment on column evaluations_current.evaluation_id is 'the evaluation; of a machine a hash of card, version and call';
comment on column evaluations_current.call_id is 'the call';
comment on column evaluations_current.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column evaluations_current.agent_id is
'the agent who is evaluated: as it was when the evaluation began; of a machine that of the call';
comment on column evaluations_current.queue is 'queue in which the call came in';
comment on column evaluations_current.scorecard_id is 'the card';
comment on column evaluations_current.scorecard_version is 'its version, a hash of its content';
comment on column evaluations_current.machine_version is
'of a machine: hash of the card and of the rules that answer its questions; null of a person';
comment on column evaluations_current.evaluation_type is
'standard, blind (without the answers of others and of machines), calibration, dispute (what a decision put in the place of another one) or machine';  -- noqa: LT05
comment on column evaluations_current.evaluator is 'login of who evaluates; null of a machine';
comment on column evaluations_current.state is
'draft, submitted, released, acknowledged, disputed, upheld, changed, rule_changed, retracted or withdrawn; of a machine submitted';  -- noqa: LT05
comment on column evaluations_current.score is
'the score in percent; 0 where it failed automatically, null where there is none';
comment on column evaluations_current.score_before_fail is 'what it would have been without automatic fails';
comment on column evaluations_current.failed_by is 'questions that failed the card or a section; empty where none did';
comment on column evaluations_current.coverage is 'weight answered ÷ weight enabled, 0 to 1; null of a draft';
comment on column evaluations_current.reason is 'why there is no score';
comment on column evaluations_current.section_scores is 'score of each section in percent, by its id';
comment on column evaluations_current.critical_customer is
'score of the questions tagged customer, in percent; null without one that was answered';
comment on column evaluations_current.critical_business is 'the same of those tagged business';
comment on column evaluations_current.critical_compliance is 'the same of those tagged compliance';
comment on column evaluations_current.seconds_spent is 'time that the evaluator spent on it, s';
comment on column evaluations_current.supersedes is 'the evaluation in whose place a decision put this one';
comment on column evaluations_current.superseded_by is 'the evaluation that a decision put in its place';
comment on column evaluations_current.task_id is 'the task that it was started for; see review_tasks';
comment on column evaluations_current.sample_id is 'the draw that chose the call; null where somebody chose it';
comment on column evaluations_current.inclusion_probability is
'how likely the draw was to choose the call, above 0 to 1';
comment on column evaluations_current.session_id is 'ties calibrations and double scorings of one call';
comment on column evaluations_current.is_expert is 'whether others are held against it in a calibration';
comment on column evaluations_current.due_at is 'when it is to be done';
comment on column evaluations_current.created_at is 'when it was started';
comment on column evaluations_current.submitted_at is 'when it was submitted';
comment on column evaluations_current.released_at is
'when it was first shown to the agent; null of a machine, which never is';
comment on column evaluations_current.released_by is 'login of who released it';
comment on column evaluations_current.acknowledged_at is 'when the agent acknowledged it';
comment on column evaluations_current.disputed_at is 'when the agent last disputed it';
comment on column evaluations_current.dispute_round is 'how many times it was disputed';
comment on column evaluations_current.dispute_reason is 'what the agent said then';
comment on column evaluations_current.dispute_questions is 'questions that the dispute is about; empty: all';
comment on column evaluations_current.decided_at is 'when the dispute was decided';
comment on column evaluations_current.decided_by is 'login of who decided';
comment on column evaluations_current.decision is 'upheld, changed, or rule_changed (the card was at fault)';
comment on column evaluations_current.decision_reason is 'what was said with the decision';
comment on column evaluations_current.revision is 'how many times it was changed';
comment on column evaluations_current.log_seq is
'the last row of the store''s log that is in this row; null of a machine';
comment on column evaluations_current.evaluated_by is 'people or machine: never put them into one mean';
comment on column evaluations_current.counts is
'whether it is in means: released to the agent, or of a machine, and no calibration';
comment on column evaluations_current.selection is
'drawn (a plan drew the call, with a known probability) or chosen (somebody did)';
comment on column evaluations_current.plan is 'the sampling plan that drew the call; null where somebody chose it';
comment on column evaluations_current.agent_name is 'the agent''s name, as people.csv has it on the day of the call';
comment on column evaluations_current.team is 'the agent''s team on the day of the call';
comment on column evaluations_current.supervisor is 'the agent''s supervisor on that day, as people.csv writes it';
