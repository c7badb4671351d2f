-- What a snapshot says of question_rates and its columns.
comment on table question_rates is
'How each question was answered, by day, for each agent, team and queue and for all: one row per option.';
comment on column question_rates.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column question_rates.dimension is 'all, agent, team or queue';
comment on column question_rates.key is
'the agent''s id, the team or the queue; unknown where that is not known; of all it is all';
comment on column question_rates.scorecard_id is 'the card';
comment on column question_rates.scorecard_version is 'its version';
comment on column question_rates.evaluated_by is 'people or machine';
comment on column question_rates.selection is 'drawn or chosen, as in scores_daily';
comment on column question_rates.plan is 'the sampling plan that drew the calls; null for chosen ones';
comment on column question_rates.question_id is 'the question';
comment on column question_rates.question_version is 'hash of what the question is: a trend breaks where this changes';
comment on column question_rates.asked is 'evaluations in which it was asked: no condition left it out';
comment on column question_rates.answered is 'those with an option, a number, a text or a day';
comment on column question_rates.not_applicable is 'those with not_applicable';
comment on column question_rates.not_applicable_share is 'their share of those asked, 0 to 1';
comment on column question_rates.cannot_tell is 'those with cannot_tell';
comment on column question_rates.option is 'the option, or the band of a number; null for texts and days';
comment on column question_rates.chosen is 'how many answers have it';
comment on column question_rates.share is 'share of the answers that have it, 0 to 1';
comment on column question_rates.share_low is 'lower end of its 95% interval (Wilson)';
comment on column question_rates.share_high is 'upper end of it';
comment on column question_rates.asked_w is
'sum of the weights of the evaluations in which it was asked: by sums of weights days can be added up';
comment on column question_rates.not_applicable_w is 'the same of those with not_applicable';
comment on column question_rates.answered_w is 'the same of those that were answered';
comment on column question_rates.answered_ww is 'sum of the squares of the weights of those that were answered';
comment on column question_rates.chosen_w is 'sum of the weights of the answers that have the option';
