-- What a snapshot says of rules_daily and its columns.
comment on table rules_daily is
'How often each rule was met in the calls of each agent, of each queue, and of all, day by day.';
comment on column rules_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column rules_daily.dimension is 'what the calls are grouped by: agent, queue or all';
comment on column rules_daily.key is 'the agent''s id, the queue, or all; unknown where that is not known';
comment on column rules_daily.rule_id is 'the rule';
comment on column rules_daily.rule_version is 'its version: a trend breaks where it changes';
comment on column rules_daily.title is 'the title of the rule';
comment on column rules_daily.severity is 'info, low, medium, high or critical';
comment on column rules_daily.calls is 'calls with an outcome of the rule';
comment on column rules_daily.hits is 'calls in which it was met';
comment on column rules_daily.misses is 'calls in which it was not';
comment on column rules_daily.not_applicable is 'calls that it is not for, or whose precondition did not occur';
comment on column rules_daily.not_evaluated is 'calls of which it can''t be told';
comment on column rules_daily.hit_rate is 'hits ÷ (hits + misses); null where neither is there';
comment on column rules_daily.ci_low is 'lower end of the rate''s 95% interval (Wilson); null with the rate';
comment on column rules_daily.ci_high is 'upper end of the rate''s 95% interval (Wilson); null with the rate';
