-- What a snapshot says of transcript_remarks and its columns.
comment on table transcript_remarks is
'One row per odd value in a result: it costs itself, and everything else of the transcript is kept.';
comment on column transcript_remarks.call_id is 'the call';
comment on column transcript_remarks.channel_id is 'the channel of the call, from 0';
comment on column transcript_remarks.remark_id is 'from 0, in the order of the result';
comment on column transcript_remarks.call_date is
'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column transcript_remarks.role is 'who speaks on the channel';
comment on column transcript_remarks.sentence_id is
'the first sentence with the value; null where it is not in a sentence';
comment on column transcript_remarks.field is 'the name of the field in the result: begin_time, language, words ...';
comment on column transcript_remarks.value is
'the value as the result has it, shortened; null where it is missing or several are counted together';
comment on column transcript_remarks.action is
'null (the field is null), clipped, converted, derived, sorted, merged or dropped';
comment on column transcript_remarks.occurrences is 'how often it was met on the channel';
