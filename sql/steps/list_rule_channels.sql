-- list_rule_channels: the channels of agent, customer and others in the calls of list_rule_calls: whether each was
-- transcribed, what is wrong with it, and where it sounds, in the order of their calls.
with chosen as (
    select call_id
    from calls
    where
        status in ('ok', 'partial', 'failed')
        and call_date between $first_day and $last_day
        and call_id between $first_call and $last_call
),

heard as (
    select
        acoustics.call_id,
        acoustics.channel_id,
        acoustics.role,
        acoustics.action,
        acoustics.defects,
        list_transform(acoustics.segments, lambda segment: segment.begin_ms) as begins,
        list_transform(acoustics.segments, lambda segment: segment.end_ms) as ends
    from acoustics
    where
        acoustics.call_date between $first_day and $last_day
        and acoustics.call_id between $first_call and $last_call
),

written as (
    select
        call_id,
        channel_id,
        role,
        language,
        sentence_count
    from transcripts
    where call_date between $first_day and $last_day and call_id between $first_call and $last_call
),

failed as (
    -- recordings of calls of several, of which a channel was not transcribed
    select
        call_channels.call_id,
        call_channels.channel_id,
        list(call_channels.offset_ms order by call_channels.segment) as failed_begins,
        list(
            call_channels.offset_ms + cast(round(call_channels.duration_s * 1000) as bigint)
            order by call_channels.segment
        ) as failed_ends
    from call_channels
    inner join calls on call_channels.call_id = calls.call_id and calls.recordings > 1
    left join transcription_tasks as tasks
        on
            call_channels.recording_id = tasks.recording_id
            and call_channels.source_channel = tasks.channel_id
            and tasks.state = 'parsed'
    where
        tasks.state is null
        and call_channels.call_date between $first_day and $last_day
        and call_channels.call_id between $first_call and $last_call
    group by call_channels.call_id, call_channels.channel_id
)

select
    coalesce(heard.call_id, written.call_id) as call_id,
    coalesce(heard.channel_id, written.channel_id) as channel_id,
    coalesce(heard.role, written.role) as role,
    written.call_id is not null as is_written,
    written.language,
    heard.action,
    coalesce(heard.defects, []) as defects,
    heard.begins,
    heard.ends,
    failed.failed_begins,
    failed.failed_ends
from heard
full join written on heard.call_id = written.call_id and heard.channel_id = written.channel_id
left join failed
    on
        coalesce(heard.call_id, written.call_id) = failed.call_id
        and coalesce(heard.channel_id, written.channel_id) = failed.channel_id
        and coalesce(heard.action, '') not in ('skip_silent', 'skip_duplicate')
where coalesce(heard.call_id, written.call_id) in (select chosen.call_id from chosen)
order by coalesce(heard.call_id, written.call_id), coalesce(heard.channel_id, written.channel_id)
