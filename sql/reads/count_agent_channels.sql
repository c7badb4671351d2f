-- count_agent_channels: on which channel the agent is, what said it, and how many calls look swapped, one row per
-- folder, queue, direction, channel and what said it. $from_date and $to_date may be null. Calls count whose roles
-- depend on the channel: stereo recordings; of those that an earlier version loaded nobody knows what said it. judged
-- are calls of whose roles what was said tells anything. Folders of a single call (conversation_id=...) are left out.
with by_own_folder as (
    select
        parse_dirpath(calls.source_uri, 'forward_slash') as own_folder,
        calls.queue,
        calls.direction,
        calls.agent_channel,
        calls.agent_channel_from as said_by,
        count(*) as calls,
        count(call_metrics.agent_channel_suspect) as judged,
        count(*) filter (where call_metrics.agent_channel_suspect) as suspected,
        min(calls.call_date) as first_date,
        max(calls.call_date) as last_date
    from calls
    left join call_metrics on calls.call_id = call_metrics.call_id
    where
        calls.status <> 'quarantined'
        and calls.agent_channel_from is not null
        and coalesce(calls.form, 'stereo') = 'stereo'
        and calls.call_date >= coalesce($from_date, calls.call_date)
        and calls.call_date <= coalesce($to_date, calls.call_date)
    group by all
)

select
    regexp_replace(own_folder, '/[^/]*id=[^/]*', '', 'g') as folder,
    queue,
    direction,
    agent_channel,
    said_by,
    cast(sum(calls) as bigint) as calls,
    cast(sum(judged) as bigint) as judged,
    cast(sum(suspected) as bigint) as suspected,
    min(first_date) as first_date,
    max(last_date) as last_date
from by_own_folder
group by folder, queue, direction, agent_channel, said_by
order by all
