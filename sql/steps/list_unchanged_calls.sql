-- list_unchanged_calls: the calls of arriving_calls that stand under $days as they arrive, with the channels of
-- arriving_call_channels. When they were written does not count, nor what whoever reads their channels says each time:
-- why calls that are not set aside have their status, and what came of their voices.
with arriving as (
    select
        * exclude (loaded_at, voices_separation, voices_unsure, voices_unsure_reason) replace (
            case when status = 'quarantined' then status_reason end as status_reason,
            case when status = 'quarantined' then status_message end as status_message
        )
    from arriving_calls
),

standing as (
    select
        * exclude (loaded_at, voices_separation, voices_unsure, voices_unsure_reason) replace (
            case when status = 'quarantined' then status_reason end as status_reason,
            case when status = 'quarantined' then status_message end as status_message
        )
    from calls
    where in_days(call_date, $days)
),

channels_arriving as (
    select
        arriving_call_channels.call_id,
        count(*) as channels,
        sum(hash(arriving_call_channels)) as hashed
    from arriving_call_channels
    group by arriving_call_channels.call_id
),

channels_of_days as (
    select *
    from call_channels
    where in_days(call_date, $days)
),

channels_standing as (
    select
        channels_of_days.call_id,
        count(*) as channels,
        sum(hash(channels_of_days)) as hashed
    from channels_of_days
    group by channels_of_days.call_id
)

select arriving.call_id
from arriving
inner join standing on arriving.call_id = standing.call_id and hash(arriving) = hash(standing) -- noqa: RF02
left join channels_arriving on arriving.call_id = channels_arriving.call_id
left join channels_standing on arriving.call_id = channels_standing.call_id
where
    channels_arriving.channels is not distinct from channels_standing.channels
    and channels_arriving.hashed is not distinct from channels_standing.hashed
