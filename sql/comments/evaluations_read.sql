-- What a snapshot says of evaluations_read and its columns.
comment on table evaluations_read is
'How far the log of the store of evaluations was read for this snapshot: one row at most.';
comment on column evaluations_read.log_seq is 'the last row of the log at that time';
comment on column evaluations_read.log_hash is 'its hash';
comment on column evaluations_read.read_at is 'when it was read';
