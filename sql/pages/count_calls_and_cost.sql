-- How many calls were there, what became of them, and what did they cost?
--
-- One row. Recordings without a date belong to no range.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column calls : recordings that landed
-- column ok : both roles transcribed
-- column partial : one role transcribed, the other not
-- column failed : no role transcribed
-- column quarantined : never sent, never billed
-- column audio_s : length of the calls, quarantined ones left out
-- column billed_s : seconds that an engine with a price transcribed, each channel on its own
-- column cost_usd : their list price
-- column free_s : seconds that an engine free of charge transcribed
-- column unpriced_s : billed seconds whose price is not known
with counted as (
    select
        count(*) as calls,
        count(*) filter (where status = 'ok') as ok,
        count(*) filter (where status = 'partial') as partial,
        count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'quarantined') as quarantined,
        coalesce(sum(duration_s) filter (where status <> 'quarantined'), 0) as audio_s
    from calls
    where call_date between $from_date and $to_date
),

paid as (
    select
        coalesce(sum(billed_s) filter (where cost_usd is null or cost_usd > 0), 0) as billed_s,
        coalesce(sum(cost_usd), 0) as cost_usd,
        coalesce(sum(billed_s) filter (where cost_usd = 0), 0) as free_s,
        coalesce(sum(billed_s) filter (where cost_usd is null), 0) as unpriced_s
    from transcription_tasks
    where call_date between $from_date and $to_date
)

select
    counted.*,
    paid.*
from counted cross join paid
