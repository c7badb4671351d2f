-- What a snapshot says of sampling_draws and its columns.
comment on table sampling_draws is
'The calls that sampling plans have drawn to be evaluated: one row per plan, period and call.';
comment on column sampling_draws.sample_id is 'the draw: plan/period/call; evaluations made for it have the same';
comment on column sampling_draws.call_id is 'the call';
comment on column sampling_draws.call_date is 'day of the call in QA_TIMEZONE';
comment on column sampling_draws.agent_id is 'whose call it was when it was drawn';
comment on column sampling_draws.plan_id is 'the plan of sampling.yaml';
comment on column sampling_draws.plan_version is 'hash of the plan''s content when it drew';
comment on column sampling_draws.period is 'what it was drawn for: 2025-09-01, 2025-W36 or 2025-09';
comment on column sampling_draws.period_from is 'first day of the period';
comment on column sampling_draws.period_to is 'last day of the period';
comment on column sampling_draws.scorecard_id is 'the card to score by';
comment on column sampling_draws.stratum is
'JSON of what the calls that it was drawn from have in common, such as {"agent": "a-17"}, or of the risk';
comment on column sampling_draws.is_risk is
'whether it was drawn as a risk; such calls count in a mean by 1 / inclusion_probability only';
comment on column sampling_draws.frame_calls is 'eligible calls of the period when it was drawn';
comment on column sampling_draws.stratum_calls is 'those of them in the stratum';
comment on column sampling_draws.stratum_taken is 'how many of these are the sample';
comment on column sampling_draws.inclusion_probability is
'how likely the call was drawn, over 0 to 1: stratum_taken / stratum_calls';
comment on column sampling_draws.is_blind is 'whether it is evaluated without the machine''s answers';
comment on column sampling_draws.blind_probability is 'how likely a drawn call of the plan is, 0 to 1';
comment on column sampling_draws.is_double is 'whether two people evaluate it, each without the other''s answers';
comment on column sampling_draws.random_number is
'the call''s own number, 0 to 1, of seed, plan and call id; of a stratum the smallest are drawn';
comment on column sampling_draws.seed is 'the seed of the plan';
comment on column sampling_draws.frame_hash is 'sha256 of the frame, so that a draw that is made again can be compared';
comment on column sampling_draws.due_at is 'until when it was to be evaluated';
comment on column sampling_draws.drawn_at is 'when it was drawn';
comment on column sampling_draws.loaded_at is 'when the row was written';
