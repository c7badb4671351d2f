-- What a snapshot says of rule_outcomes and its columns.
comment on table rule_outcomes is
'What each rule came to in each call: one row per call and rule, so that every rate has its denominator.';
comment on column rule_outcomes.call_id is 'the call';
comment on column rule_outcomes.rule_id is 'the rule, as rules/*.yaml have it';
comment on column rule_outcomes.rule_version is
'hash of what the rule says, its lists of phrases and the rules that it names';
comment on column rule_outcomes.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column rule_outcomes.outcome is 'hit, miss, not_applicable or not_evaluated';
comment on column rule_outcomes.reason is 'codes of why it is not applicable or not evaluated, by commas; null else';
comment on column rule_outcomes.hit_count is 'places of evidence; rule_hits has the first 50';
comment on column rule_outcomes.title is 'the title of the rule';
comment on column rule_outcomes.severity is 'info, low, medium, high or critical';
comment on column rule_outcomes.needs_review is 'whether a person has to look at a hit before it counts';
comment on column rule_outcomes.loaded_at is 'when the row was written';
