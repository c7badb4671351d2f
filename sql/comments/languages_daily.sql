-- What a snapshot says of languages_daily and its columns.
comment on table languages_daily is 'How much was spoken in each language by day, queue and role.';
comment on column languages_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column languages_daily.queue is 'queue in which the calls came in; unknown where that is not known';
comment on column languages_daily.role is 'who spoke';
comment on column languages_daily.language is 'the language; unlabelled where sentences have none';
comment on column languages_daily.calls is 'calls in which the language was heard';
comment on column languages_daily.sentences is 'sentences in this language';
comment on column languages_daily.untimed_sentences is
'those whose model gives no times, so that they are not in speech_s';
comment on column languages_daily.speech_s is 'seconds of speech in this language; null where no call has times';
comment on column languages_daily.share is
'speech_s ÷ all labelled speech of the day, queue and role (sentences where there are no times); null for unlabelled';
comment on column languages_daily.engine is
'engine whose transcripts these are; mixed where several made them';
