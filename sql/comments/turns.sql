-- What a snapshot says of turns and its columns.
comment on table turns is 'The turns of each call, both roles in one order.';
comment on column turns.call_id is 'the call';
comment on column turns.turn_id is 'number of the turn, from 0, by its begin';
comment on column turns.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column turns.role is 'who has the turn';
comment on column turns.channel_id is 'the channel of the call, from 0';
comment on column turns.begin_ms is 'begin of its first sentence, ms from the start of the recording';
comment on column turns.end_ms is 'latest end of its sentences, ms from the start of the recording';
comment on column turns.text is 'the text of its sentences';
comment on column turns.first_sentence_id is 'its first sentence on the channel';
comment on column turns.last_sentence_id is 'its last sentence on the channel';
comment on column turns.sentence_count is 'number of sentences';
comment on column turns.gap_ms is
'silence before it; 0 where it begins before all earlier turns have ended, null for the first';
comment on column turns.overlap_ms is 'how long the other role spoke during its sentences';
comment on column turns.is_backchannel is 'whether it is a short acknowledgement inside the other''s turn';
comment on column turns.interrupts is 'whether it interrupts a turn of the other role';
comment on column turns.interrupted_turn_id is 'the turn it interrupts';
comment on column turns.interruption_ms is 'how long both spoke while it interrupts';
