-- list_places_of_calls: where in these calls somebody speaks, in ms: the sentences of each role, the turns in their
-- order, and the recordings of the call.
with spoken as (
    select
        call_id,
        list([begin_ms, end_ms] order by begin_ms) filter (where role = 'agent') as agent,
        list([begin_ms, end_ms] order by begin_ms) filter (where role = 'customer') as customer
    from sentences
    where in_days(call_date, $days) and call_id in (select unnest($call_ids::varchar[])) and end_ms is not null
    group by call_id
),

ordered as (
    select
        call_id,
        list({
            'role': role,
            'begin_ms': begin_ms,
            'end_ms': end_ms,
            'first_sentence_id': first_sentence_id,
            'last_sentence_id': last_sentence_id,
            'is_backchannel': is_backchannel,
            'interrupts': interrupts,
            'interruption_ms': interruption_ms
        } order by turn_id) as turns
    from turns
    where in_days(call_date, $days) and call_id in (select unnest($call_ids::varchar[]))
    group by call_id
),

recorded as (
    select
        call_id,
        list(distinct [offset_ms, offset_ms + cast(round(1000 * duration_s) as bigint)]) as recordings
    from call_channels
    where in_days(call_date, $days) and call_id in (select unnest($call_ids::varchar[])) and duration_s is not null
    group by call_id
)

select
    spoken.call_id,
    coalesce(spoken.agent, []) as agent,
    coalesce(spoken.customer, []) as customer,
    coalesce(recorded.recordings, []) as recordings,
    coalesce(ordered.turns, []) as turns
from spoken
left join ordered on spoken.call_id = ordered.call_id
left join recorded on spoken.call_id = recorded.call_id
order by spoken.call_id
