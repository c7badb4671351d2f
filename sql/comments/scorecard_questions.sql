-- What a snapshot says of scorecard_questions and its columns.
comment on table scorecard_questions is 'The questions of each version of a card by which something was evaluated.';
comment on column scorecard_questions.scorecard_id is 'the card';
comment on column scorecard_questions.scorecard_version is 'its version';
comment on column scorecard_questions.question_id is 'the question; its id stays over versions';
comment on column scorecard_questions.question_version is
'hash of what the question is: text, type, options, points, condition';
comment on column scorecard_questions.title is 'title of the card';
comment on column scorecard_questions.scoring is 'points, by_question or by_section';
comment on column scorecard_questions.min_coverage is 'coverage below which there is no score';
comment on column scorecard_questions.effective_from is 'first day of the calls that it is for; null: all before';
comment on column scorecard_questions.effective_to is 'last day; null: all after';
comment on column scorecard_questions.section_id is 'the section';
comment on column scorecard_questions.section_title is 'its title';
comment on column scorecard_questions.section_weight is 'its weight, which counts with by_section';
comment on column scorecard_questions.position is 'place of the question in the card, from 1';
comment on column scorecard_questions.text is 'the question';
comment on column scorecard_questions.type is 'single, several, number, text or date';
comment on column scorecard_questions.weight is 'its weight';
comment on column scorecard_questions.possible is 'the most points that an answer gives';
comment on column scorecard_questions.is_scored is 'whether its answers count';
comment on column scorecard_questions.is_bonus is 'whether it only adds';
comment on column scorecard_questions.may_be_not_applicable is 'whether it may be answered so';
comment on column scorecard_questions.critical is 'its tags: customer, business, compliance';
comment on column scorecard_questions.answered_by is
'the metric that answers it, or the rules by their ids; null where people alone do';
comment on column scorecard_questions.options is
'its options with id, text, points and auto_fail (card or section); of a number its bands, with the band as id';
comment on column scorecard_questions.kept_at is 'when the version was first used';
