-- What a snapshot says of languages and its columns.
comment on table languages is 'How much of each channel was spoken in each language.';
comment on column languages.call_id is 'the call';
comment on column languages.channel_id is 'the channel of the call, from 0';
comment on column languages.language is 'the language';
comment on column languages.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column languages.role is 'who spoke';
comment on column languages.sentence_count is 'sentences in this language';
comment on column languages.speech_s is 'seconds of speech in this language; null where the model gives no times';
comment on column languages.share is
'speech_s ÷ the sum over the channel''s languages; a share of sentences where the model gives no times';
