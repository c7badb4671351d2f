-- What a snapshot says of metrics_daily and its columns.
comment on table metrics_daily is
'The mean of each metric over the calls of each agent, of each queue, and of all, day by day.';
comment on column metrics_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column metrics_daily.dimension is 'what the calls are grouped by: agent, queue or all';
comment on column metrics_daily.key is 'the agent''s id, the queue, or all; unknown where that is not known';
comment on column metrics_daily.metric is 'name of the metric, a column of call_metrics';
comment on column metrics_daily.unit is
'for talk speed, words/min or characters/min, that of most calls: only they are in the mean. Null for other metrics';
comment on column metrics_daily.n is 'calls that have the metric';
comment on column metrics_daily.mean is 'its mean over them';
comment on column metrics_daily.sd is 'its standard deviation over them; null below 2';
comment on column metrics_daily.ci_low is 'lower end of the mean''s 95% interval; null below 2';
comment on column metrics_daily.ci_high is 'upper end of the mean''s 95% interval; null below 2';
