-- What did we pay per queue?
--
-- Billed seconds and their cost at list price, per queue, the dearest first. A recording is paid for once, even if
-- it arrived again under a second call id; work whose recording belongs to no call stands under the queue null.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column queue : where the calls came in
-- column calls : calls with at least one billed channel
-- column billed_channels : channels billed
-- column billed_s : seconds billed, over all channels
-- column cost_usd : their cost in US dollars at list price
with owners as (
    select distinct
        calls.call_id,
        calls.queue,
        call_channels.recording_id
    from calls
    inner join call_channels on calls.call_id = call_channels.call_id
    where calls.status <> 'quarantined'
),

billed as (
    select
        owners.queue,
        coalesce(owners.call_id, transcription_tasks.recording_id) as paid_for,
        transcription_tasks.billed_s,
        transcription_tasks.cost_usd
    from transcription_tasks
    left join owners on transcription_tasks.recording_id = owners.recording_id
    where
        transcription_tasks.billed_s > 0
        and transcription_tasks.call_date between $from_date and $to_date
)

select
    queue,
    count(distinct paid_for) as calls,
    count(*) as billed_channels,
    sum(billed_s) as billed_s,
    round(sum(cost_usd), 6) as cost_usd
from billed
group by queue
order by cost_usd desc, queue asc
