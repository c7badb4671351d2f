-- How many calls were there, what became of them, and what did they cost?
--
-- One row. Quarantined recordings without a date belong to no range, so every range counts them.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column calls : recordings that landed
-- column ok : both roles transcribed
-- column partial : one role transcribed, the other not
-- column failed : no role transcribed
-- column quarantined : never sent, never billed
-- column undated : recordings without a date, which are among the quarantined
-- column audio_s : length of the calls, quarantined ones left out
-- column billed_s : seconds that were billed, each channel on its own
-- column cost_usd : their list price
with counted as (
    select
        count(*) as calls,
        count(*) filter (where status = 'ok') as ok,
        count(*) filter (where status = 'partial') as partial,
        count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'quarantined') as quarantined,
        count(*) filter (where call_date is null) as undated,
        coalesce(sum(duration_s) filter (where status <> 'quarantined'), 0) as audio_s
    from calls
    where call_date is null or call_date between $from_date and $to_date
),

paid as (
    select
        coalesce(sum(billed_s), 0) as billed_s,
        coalesce(sum(cost_usd), 0) as cost_usd
    from transcription_tasks
    where call_date between $from_date and $to_date
)

select
    counted.*,
    paid.*
from counted cross join paid
