-- How long was the dead air?
--
-- Calls with dead air, the longest first: silences of both sides in the middle of the call that last longer than the
-- threshold the call was measured with (docs/metrics.md, Dead air). Calls of which a side is not known are left out.
--
-- param min_silence_s double = 0 : shortest longest silence that counts, in seconds
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column dead_air_s : seconds of dead air
-- column dead_air_count : how many times
-- column longest_silence_s : the longest silence between two sentences
-- column longer_than_s : from which length a silence counts
select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    round(call_metrics.dead_air_s, 1) as dead_air_s,
    call_metrics.dead_air_count,
    round(call_metrics.longest_silence_s, 1) as longest_silence_s,
    cast(call_metrics.thresholds ->> '$.dead_air_ms' as double) / 1000 as longer_than_s
from call_metrics
inner join calls on call_metrics.call_id = calls.call_id
where
    call_metrics.dead_air_count > 0
    and call_metrics.longest_silence_s >= $min_silence_s
    and calls.call_date between $from_date and $to_date
order by call_metrics.dead_air_s desc, calls.call_id asc
