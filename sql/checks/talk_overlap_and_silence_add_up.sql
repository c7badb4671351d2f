-- Failing rows: calls of $days whose talk of both roles − overlap + silence + time that was not recorded is not their
-- duration, to the millisecond.
select
    call_id,
    duration_s,
    agent_talk_s,
    customer_talk_s,
    overlap_s,
    silence_s,
    unrecorded_s
from call_metrics
where
    in_days(call_date, $days)
    and abs(agent_talk_s + customer_talk_s - overlap_s + silence_s + coalesce(unrecorded_s, 0) - duration_s) > 0.0011
