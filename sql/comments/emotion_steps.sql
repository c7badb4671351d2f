-- What a snapshot says of emotion_steps and its columns.
comment on table emotion_steps is
'How often one emotion of the customer followed on another in a call, from one labelled sentence to the next.';
comment on column emotion_steps.call_date is 'day of the call, in QA_TIMEZONE';
comment on column emotion_steps.call_id is 'the call';
comment on column emotion_steps.emotion is 'emotion of the earlier sentence';
comment on column emotion_steps.following is 'emotion of the next labelled sentence, which may be the same';
comment on column emotion_steps.times is 'how often';
