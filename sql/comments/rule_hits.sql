-- What a snapshot says of rule_hits and its columns.
comment on table rule_hits is 'The evidence of rules: one row per place that a hit rests on.';
comment on column rule_hits.call_id is 'the call';
comment on column rule_hits.rule_id is 'the rule';
comment on column rule_hits.rule_version is 'its version, as in rule_outcomes';
comment on column rule_hits.hit_id is 'number of the place, from 0, in the order of the call';
comment on column rule_hits.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column rule_hits.outcome is 'the outcome that it is evidence of: hit';
comment on column rule_hits.role is 'who says it; of what is missing, who was expected to, or anyone';
comment on column rule_hits.channel_id is 'the channel of the call; null where something is missing';
comment on column rule_hits.sentence_id is 'the first sentence on the channel; null where something is missing';
comment on column rule_hits.begin_char is 'its first character in that sentence, from 0';
comment on column rule_hits.last_sentence_id is 'the last sentence, mostly the same one';
comment on column rule_hits.end_char is 'the character after its last one, in the last sentence';
comment on column rule_hits.begin_ms is
'when it begins, ms from the start of the recording; null where the model gives no times';
comment on column rule_hits.end_ms is
'when it ends; of what is missing, the end of the stretch in which it was expected';
comment on column rule_hits.evidence is 'what is said there; empty where something is missing';
