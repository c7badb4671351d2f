-- Was any channel billed twice?
--
-- The same channel of the same audio, charged more than once, whatever it was asked for. Empty is what it should be,
-- unless somebody had days transcribed by another model or with other settings; any other row is money lost, and names
-- the tasks to claim it with. What somebody asked for again (`qa-pipeline retry --again` or `--changed`) was meant to
-- be paid for again and does not count.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column recording_id : sha256 of the recording
-- column channel_id : the channel
-- column model : the model, or the models, that were asked
-- column times_billed : how often it was charged
-- column billed_s : seconds charged in total
-- column overpaid_usd : what all but the first charge cost, in US dollars at list price
-- column task_ids : the service's ids of the tasks
select
    recording_id,
    channel_id,
    array_to_string(list_sort(list_distinct(list(model))), ', ') as model,
    count(*) as times_billed,
    sum(billed_s) as billed_s,
    round(sum(cost_usd) - first(cost_usd order by planned_at asc, attempt asc), 6) as overpaid_usd,
    list(task_id order by planned_at asc, attempt asc) as task_ids
from transcription_tasks
where
    billed_s > 0
    and not coalesce(asked_again, false)
    and call_date between $from_date and $to_date
group by recording_id, channel_id
having count(*) > 1
order by overpaid_usd desc, recording_id asc, channel_id asc
