-- What a snapshot says of sentences and its columns.
comment on table sentences is 'One row per sentence, in the service''s own words and times.';
comment on column sentences.call_id is 'the call';
comment on column sentences.channel_id is 'the channel of the call, from 0';
comment on column sentences.sentence_id is 'from 0, in order of time on its channel';
comment on column sentences.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column sentences.role is 'who said it';
comment on column sentences.begin_ms is
'begin, ms from the start of the recording; null where the model gives no times';
comment on column sentences.end_ms is 'end, ms from the start of the recording; null where the model gives no times';
comment on column sentences.text is 'what was said';
comment on column sentences.language is
'its language, a code of the service (zh, yue, en ...); null where neither the engine nor the text tells';
comment on column sentences.emotion is
'surprised, neutral, happy, sad, disgusted, angry or fearful; null where there is none, which is never neutral';
comment on column sentences.words is
'its words with times and confidence; null without enable_words. The service counts each Chinese character as a word';
comment on column sentences.segment is
'the recording of the call in which it was said, from 0 in order of time';
comment on column sentences.confidence is
'how sure the engine was of its words, 0 to 1, else the mean of theirs; null where it does not say, which is never 0';
comment on column sentences.language_source is
'who says the language: engine, text (the sentence''s own) or metadata (or the request); null without one';
