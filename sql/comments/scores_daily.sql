-- What a snapshot says of scores_daily and its columns.
comment on table scores_daily is 'Scores by day, for each agent, team and queue and for all, by version of the card.';
comment on column scores_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column scores_daily.dimension is 'all, agent, team or queue';
comment on column scores_daily.key is
'the agent''s id, the team or the queue; unknown where that is not known; of all it is all';
comment on column scores_daily.agent_name is 'the agent''s name; null of other dimensions';
comment on column scores_daily.scorecard_id is 'the card';
comment on column scores_daily.scorecard_version is 'its version: scores of two are never in one mean';
comment on column scores_daily.evaluated_by is 'people or machine';
comment on column scores_daily.selection is
'drawn: a plan drew the calls, and each counts 1 ÷ its inclusion probability; chosen: somebody chose them, and they say nothing of other calls';  -- noqa: LT05
comment on column scores_daily.plan is 'the sampling plan that drew the calls; null for chosen ones';
comment on column scores_daily.evaluations is 'evaluations that count';
comment on column scores_daily.n is 'those with a score';
comment on column scores_daily.without_score is 'those without, because too little was answered';
comment on column scores_daily.auto_fails is 'those with a score that something failed automatically';
comment on column scores_daily.coverage is 'mean coverage, 0 to 1';
comment on column scores_daily.mean is 'mean of the scores, in percent';
comment on column scores_daily.sd is
'their standard deviation; of drawn calls √n times the standard error of the mean; null below 2';
comment on column scores_daily.ci_low is
'lower end of the mean''s 95% interval; null below 2. Where all scores are alike it is Wilson''s';
comment on column scores_daily.ci_high is 'upper end of it';
