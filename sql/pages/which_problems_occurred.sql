-- For which reasons were calls not transcribed in full, the most frequent first?
--
-- Those that wait for the service come first of all.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column status : quarantined, failed, partial or pending
-- column reason : the reason's code; null where none was given
-- column calls : calls with it
-- column last_date : the newest of them
-- column message : what the message of the newest says, and what to do about it
-- column call_id : the newest of them
-- column open_since : of calls that wait for the service: when the oldest of their channels was sent, or planned, in
--   UTC epoch seconds; null for other reasons
with under_way as (
    select
        call_channels.call_id,
        min(epoch(coalesce(transcription_tasks.submitted_at, transcription_tasks.planned_at))) as open_since
    from transcription_tasks
    inner join call_channels
        on
            transcription_tasks.recording_id = call_channels.recording_id
            and transcription_tasks.channel_id = call_channels.source_channel
    where transcription_tasks.state in ('planned', 'sending', 'submitted', 'succeeded')
    group by call_channels.call_id
)

select
    calls.status,
    calls.status_reason as reason,
    count(*) as calls,
    max(calls.call_date) as last_date,
    max_by(calls.status_message, (calls.call_date, calls.call_id)) as message,
    max_by(calls.call_id, (calls.call_date, calls.call_id)) as call_id,
    min(case when calls.status_reason = 'STILL_OPEN' then under_way.open_since end) as open_since
from calls
left join under_way on calls.call_id = under_way.call_id
where calls.status <> 'ok' and calls.call_date between $from_date and $to_date
group by calls.status, calls.status_reason
order by calls.status_reason is not distinct from 'STILL_OPEN' desc, calls desc, calls.status asc, reason asc
