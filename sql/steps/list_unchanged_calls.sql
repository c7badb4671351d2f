-- list_unchanged_calls: the calls of arriving_calls that stand under $days as they arrive, with the channels of
-- arriving_call_channels. When they were written does not count.
with arriving as (
    select
        shown.call_id,
        hash(shown) as hashed
    from (select * exclude (loaded_at) from arriving_calls) as shown
),

of_days as (
    select * exclude (loaded_at)
    from calls
    where in_days(call_date, $days)
),

standing as (
    select
        of_days.call_id,
        hash(of_days) as hashed
    from of_days
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
inner join standing on arriving.call_id = standing.call_id and arriving.hashed = standing.hashed
left join channels_arriving on arriving.call_id = channels_arriving.call_id
left join channels_standing on arriving.call_id = channels_standing.call_id
where
    channels_arriving.channels is not distinct from channels_standing.channels
    and channels_arriving.hashed is not distinct from channels_standing.hashed
