-- note_voices_in_calls: what noted_voices has of the calls of $days, and nothing of their other calls.
with found as (
    select
        calls.call_id,
        noted_voices.separation,
        noted_voices.is_unsure,
        noted_voices.unsure_reason
    from calls
    left join noted_voices on calls.call_id = noted_voices.call_id
    where in_days(calls.call_date, $days)
)

update calls
set
    voices_separation = found.separation,
    voices_unsure = found.is_unsure,
    voices_unsure_reason = found.unsure_reason
from found
where
    calls.call_id = found.call_id
    and in_days(calls.call_date, $days)
    and (
        calls.voices_separation is distinct from found.separation
        or calls.voices_unsure is distinct from found.is_unsure
        or calls.voices_unsure_reason is distinct from found.unsure_reason
    )
