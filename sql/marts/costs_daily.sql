-- costs_daily: channels, attempts and their cost by model and engine, for the days in $days.
-- The engine of a channel that cost nothing says why: an imported transcript, or none for a channel that is silent or a
-- copy of the other one. Such rows have skipped_channels and no attempts.
with asked as (
    select
        call_date,
        model,
        coalesce(engine, 'unknown') as engine,
        recording_id,
        channel_id,
        coalesce(engine, '') like 'import %' as is_import,
        state = 'failed' as has_failed,
        coalesce(audio_s, 0) as audio_s,
        coalesce(billed_s, 0) as billed_s,
        coalesce(cost_usd, 0) as cost_usd
    from transcription_tasks
    where in_days(call_date, $days)
),

skipped as (
    select
        acoustics.call_date,
        'none' as model,
        case acoustics.action
            when 'skip_silent' then 'none (silent channel)'
            else 'none (copy of the other channel)'
        end as engine,
        call_channels.recording_id,
        call_channels.source_channel as channel_id,
        call_channels.duration_s
    from acoustics
    inner join calls on acoustics.call_id = calls.call_id
    inner join call_channels
        on acoustics.call_id = call_channels.call_id and acoustics.channel_id = call_channels.channel_id
    anti join asked
        on call_channels.recording_id = asked.recording_id and call_channels.source_channel = asked.channel_id
    where
        in_days(acoustics.call_date, $days)
        and acoustics.action in ('skip_silent', 'skip_duplicate')
        and calls.status not in ('pending', 'quarantined')
),

channel_lengths as (
    select
        call_date,
        model,
        engine,
        recording_id,
        channel_id,
        is_import,
        count(*) as rows_of_channel,
        count(*) filter (where has_failed) as failed,
        max(audio_s) as audio_s,
        sum(billed_s) as billed_s,
        sum(cost_usd) as cost_usd
    from asked
    group by call_date, model, engine, recording_id, channel_id, is_import
)

select
    call_date,
    model,
    engine,
    count(*) as channels,
    count(*) filter (where is_import) as skipped_channels,
    coalesce(sum(rows_of_channel) filter (where not is_import), 0) as attempts,
    coalesce(sum(failed) filter (where not is_import), 0) as failed,
    sum(audio_s) as audio_s,
    sum(billed_s) as billed_s,
    round(sum(cost_usd), 9) as cost_usd
from channel_lengths
group by call_date, model, engine
union all
select
    call_date,
    model,
    engine,
    count(*) as channels,
    count(*) as skipped_channels,
    0 as attempts,
    0 as failed,
    sum(duration_s) as audio_s,
    0 as billed_s,
    0 as cost_usd
from skipped
group by call_date, model, engine
