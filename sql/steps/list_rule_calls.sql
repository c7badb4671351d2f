-- list_rule_calls: the calls of a stretch of days and of ids that came to their end and are not quarantined, with what
-- rules want to know of each, in the order of their ids.
select
    calls.call_id,
    calls.call_date,
    calls.queue,
    calls.direction,
    calls.language,
    calls.duration_s,
    coalesce(calls.voices_unsure, false) as is_untold,
    coalesce(calls.form, 'stereo') in ('diarized', 'single') as is_one_channel
from calls
where
    calls.status in ('ok', 'partial', 'failed')
    and calls.call_date between $first_day and $last_day
    and calls.call_id between $first_call and $last_call
order by calls.call_id
