-- list_calls_to_compare: what word errors need to know of calls, for the days from $from_date to $to_date and the queue
-- $queue; null is no bound.
select
    call_id,
    agent_channel,
    language,
    source_uri,
    customer_id,
    metadata_extra
from calls
where
    (call_date between $from_date and $to_date or $from_date is null)
    and (queue = $queue or $queue is null)
