-- What a snapshot says of redactions and its columns.
comment on table redactions is
'What is personal in the texts of a call: one row per place, with its kind and never its value.';
comment on column redactions.call_id is 'the call';
comment on column redactions.redaction_id is
'number of the place in the call, from 1, in the order of time; those without a sentence come last';
comment on column redactions.channel_id is 'the channel of the call, from 0';
comment on column redactions.role is 'who says it';
comment on column redactions.call_date is
'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column redactions.kind is
'card, phone, email, iban, id_number, account, ip, date_of_birth, name or digits (any other number of six digits or more)';  -- noqa: LT05
comment on column redactions.policy is
'what the settings did with it: mask, last4 (its last four digits are left) or keep (the text is as it was said)';
comment on column redactions.sentence_id is
'the sentence of the channel in which it is; null where it is in the text of the channel and in none of its sentences';
comment on column redactions.begin_char is
'the first character of its placeholder in the text of that sentence, from 0; null without a sentence';
comment on column redactions.end_char is 'the character after its last one';
comment on column redactions.begin_ms is
'when it is said, ms from the start of the recording, by the times of words where there are any, else by its share of the sentence; null where the model gives no times, and without a sentence';  -- noqa: LT05
comment on column redactions.end_ms is 'when that ends';
comment on column redactions.detector is
'how it was found: shape (written so), spoken (in words, or over several sentences), known (a value of the call''s metadata) or readback (a repetition of what the other side said)';  -- noqa: LT05
