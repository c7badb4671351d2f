-- What a snapshot says of emotions_daily and its columns.
comment on table emotions_daily is 'How much was spoken in each emotion by day, queue and role.';
comment on column emotions_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column emotions_daily.queue is 'queue in which the calls came in; unknown where that is not known';
comment on column emotions_daily.role is 'who spoke';
comment on column emotions_daily.emotion is 'the emotion; unlabelled where sentences have none';
comment on column emotions_daily.calls is 'calls in which the emotion was heard';
comment on column emotions_daily.sentences is 'sentences in this emotion';
comment on column emotions_daily.untimed_sentences is
'those whose model gives no times, so that they are not in speech_s';
comment on column emotions_daily.speech_s is 'seconds of speech in this emotion; null where no call has times';
comment on column emotions_daily.share is
'speech_s ÷ all labelled speech of the day, queue and role (sentences where there are no times); null for unlabelled';
comment on column emotions_daily.engine is
'engine whose transcripts these are; mixed where several made them';
