-- Which calls were not transcribed in full, and why?
--
-- Those that wait for the service first, then quarantined ones, then failed ones; the newest first. Recordings without
-- a date are listed with any dates.
--
-- param limit integer : calls at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column call_date : its day; null where it has none
-- column status : quarantined, failed, partial or pending
-- column reason : the reason's code
-- column message : the reason, and what to do about it, in a sentence
-- column open_since : when the oldest of its channels that are under way was sent, or planned, in UTC epoch seconds
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
    calls.call_id,
    calls.call_date,
    calls.status,
    calls.status_reason as reason,
    calls.status_message as message,
    case when calls.status_reason = 'STILL_OPEN' then under_way.open_since end as open_since
from calls
left join under_way on calls.call_id = under_way.call_id
where calls.status <> 'ok' and (calls.call_date is null or calls.call_date between $from_date and $to_date)
order by
    calls.status_reason is not distinct from 'STILL_OPEN' desc,
    case calls.status when 'quarantined' then 0 when 'failed' then 1 else 2 end asc,
    calls.call_date desc nulls first,
    calls.call_id asc
limit $limit
