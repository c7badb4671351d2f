-- What tables made by an earlier version lack. Does nothing to tables that are made as the files above say.
alter table transcription_tasks add column if not exists model_reason varchar;
alter table transcription_tasks add column if not exists context_sha256 varchar;
alter table transcription_tasks add column if not exists asked_again boolean;
alter table acoustics add column if not exists late_s double;
alter table transcripts alter column speech_s drop not null;
alter table sentences alter column begin_ms drop not null;
alter table sentences alter column end_ms drop not null;
alter table languages alter column speech_s drop not null;
alter table emotions alter column speech_s drop not null;
alter table call_metrics add column if not exists unrecorded_s double default 0;
alter table sentences add column if not exists segment integer;
