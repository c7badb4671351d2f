-- What a snapshot says of search_texts and its columns.
comment on table search_texts is
'What was said on each channel, in the form in which searches compare words.';
comment on column search_texts.call_id is 'the call';
comment on column search_texts.channel_id is 'the channel, from 0';
comment on column search_texts.call_date is 'day of the call in QA_TIMEZONE';
comment on column search_texts.role is 'who speaks: agent, customer, other or mixed';
comment on column search_texts.body is
'folded words of the channel''s sentences in the order of time, a blank before and after each; a line feed where the '
'other party spoke between two sentences';
comment on column search_texts.folding is 'version of the rules by which it was folded';
