-- list_calls_to_export: the calls of the days from $from_date to $to_date and the calls $ids, and whether each can be
-- written: which have no transcript, and which models gave no times.
with chosen as (
    select
        call_id,
        call_date,
        status,
        status_reason
    from calls
    where call_date between $from_date and $to_date
    union
    select
        call_id,
        call_date,
        status,
        status_reason
    from calls
    where call_id in (select unnest(cast($ids as varchar[])))
),

written as (
    select
        call_id,
        string_agg(distinct model, ' and ' order by model) filter (where speech_s is null) as models_without_times
    from transcripts
    where call_id in (select chosen.call_id from chosen)
    group by call_id
)

select
    chosen.call_id,
    chosen.call_date,
    chosen.status,
    chosen.status_reason,
    written.call_id is not null as is_transcribed,
    written.models_without_times
from chosen
left join written on chosen.call_id = written.call_id
order by chosen.call_date, chosen.call_id
