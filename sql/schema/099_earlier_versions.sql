-- What tables made by an earlier version lack. Does nothing to tables that are made as the files above say.
alter table transcription_tasks add column if not exists model_reason varchar;
alter table transcription_tasks add column if not exists context_sha256 varchar;
alter table transcription_tasks add column if not exists asked_again boolean;
alter table acoustics add column if not exists late_s double;
alter table acoustics add column if not exists drift_ms_per_min double;
alter table acoustics add column if not exists sounds struct(begin_ms integer, end_ms integer, kind varchar)[];
alter table sentences add column if not exists words.element.confidence double;
alter table sentences add column if not exists confidence double;
alter table sentences add column if not exists language_source varchar;
alter table acoustics add column if not exists timeline varchar;
alter table transcripts alter column speech_s drop not null;
alter table sentences alter column begin_ms drop not null;
alter table sentences alter column end_ms drop not null;
alter table languages alter column speech_s drop not null;
alter table redactions alter column sentence_id drop not null;
alter table redactions alter column begin_char drop not null;
alter table redactions alter column end_char drop not null;
alter table emotions alter column speech_s drop not null;
alter table call_metrics add column if not exists agent_unsure_share double;
alter table call_metrics add column if not exists customer_unsure_share double;
alter table call_metrics add column if not exists unrecorded_s double default 0;
alter table sentences add column if not exists segment integer;
alter table evaluations add column if not exists machine_version varchar;
alter table evaluation_answers add column if not exists content_hash varchar;
alter table evaluation_answers add column if not exists transcript_hash varchar;
alter table evaluation_answers add column if not exists engine varchar;
update calls set form = 'stereo', recordings = 1
where form is null and channels = 2 and recording_id is not null and duration_s is not null;
insert into call_channels by name
select
    calls.call_id,
    stereo.channel_id,
    0 as segment,
    calls.call_date,
    case when stereo.channel_id = coalesce(calls.agent_channel, 0) then 'agent' else 'customer' end as role,
    calls.recording_id,
    stereo.channel_id as source_channel,
    calls.source_uri,
    0 as offset_ms,
    calls.duration_s,
    calls.started_at,
    calls.agent_id,
    calls.agent_name,
    calls.queue
from calls
cross join (values (0), (1)) as stereo (channel_id)
where
    calls.form = 'stereo'
    and calls.recording_id is not null
    and calls.call_id not in (select call_channels.call_id from call_channels);
