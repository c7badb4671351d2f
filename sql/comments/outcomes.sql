-- What a snapshot says of outcomes and its columns.
comment on table outcomes is 'What became of calls, as outcomes.csv says: one row per call and outcome.';
comment on column outcomes.call_id is 'the call';
comment on column outcomes.name is 'the heading of the column in small letters, with _ for blanks: csat, resolved';
comment on column outcomes.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column outcomes.value is 'the number; of a flag 1 for yes and 0 for no';
comment on column outcomes.is_flag is 'whether it was written as a word: yes or no, true or false';
comment on column outcomes.source is 'file and line that say it';
comment on column outcomes.loaded_at is 'when the row was written';
