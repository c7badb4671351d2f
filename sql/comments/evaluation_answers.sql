-- What a snapshot says of evaluation_answers and its columns.
comment on table evaluation_answers is 'The answer to each question of each submitted evaluation, and what it earned.';
comment on column evaluation_answers.evaluation_id is 'the evaluation';
comment on column evaluation_answers.question_id is 'the question; its id stays over versions of the card';
comment on column evaluation_answers.call_id is 'the call';
comment on column evaluation_answers.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column evaluation_answers.question_version is
'hash of what the question is: a trend of it breaks where this changes';
comment on column evaluation_answers.section_id is 'the section of the card';
comment on column evaluation_answers.position is 'place of the question in the card, from 1';
comment on column evaluation_answers.answer_kind is
'options, number, text or date; not_applicable, cannot_tell (asked, and there is not enough to go by), not_asked (a condition left it out) or unanswered';  -- noqa: LT05
comment on column evaluation_answers.answer is
'the answer as text: options by their ids, a number, a text, a day; null for one that is none of these';
comment on column evaluation_answers.options is
'ids of the chosen options; of a number its band, such as 10-30; else empty';
comment on column evaluation_answers.number is 'the answer to a question for a number';
comment on column evaluation_answers.earned is 'points earned; null where the answer does not count';
comment on column evaluation_answers.possible is 'points possible; null where it does not count';
comment on column evaluation_answers.weight is 'the weight with which it counted';
comment on column evaluation_answers.source is 'person, metric, rule or condition (which left it out)';
comment on column evaluation_answers.actor is 'login of who answered, the metric, or the rules by their ids';
comment on column evaluation_answers.content_hash is 'of a rule: its version when it answered';
comment on column evaluation_answers.transcript_hash is
'of a machine: SHA-256 of the transcript that it answered by, as it is stored';
comment on column evaluation_answers.engine is 'of a machine: what wrote that transcript';
comment on column evaluation_answers.comment is 'what was said to the answer';
comment on column evaluation_answers.reason is 'of a machine: why it can not tell';
comment on column evaluation_answers.evidence is
'places of the call: role, ids of its sentences, begin and end in ms; empty without any';
comment on column evaluation_answers.seconds_spent is 'time spent on the question, s';
comment on column evaluation_answers.machine_answer_shown is
'the machine''s answer that the person was shown before answering, as text; null where none was';
comment on column evaluation_answers.answered_at is 'when it was last answered';
comment on column evaluation_answers.loaded_at is 'when the row was written';
