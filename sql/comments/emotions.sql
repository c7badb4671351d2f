-- What a snapshot says of emotions and its columns.
comment on table emotions is 'How much of each channel was spoken in each emotion.';
comment on column emotions.call_id is 'the call';
comment on column emotions.channel_id is 'the channel of the call, from 0';
comment on column emotions.emotion is 'the emotion';
comment on column emotions.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column emotions.role is 'who spoke';
comment on column emotions.sentence_count is 'sentences in this emotion';
comment on column emotions.speech_s is 'seconds of speech in this emotion; null where the model gives no times';
comment on column emotions.share is
'speech_s ÷ the sum over the channel''s emotions; a share of sentences where the model gives no times';
