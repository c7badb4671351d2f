-- Which engines worked, how often did they fail, and what did they cost?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column engine : the engine
-- column channels : channels with a transcript of it
-- column skipped : channels that were not sent, and not paid for
-- column failed : failed attempts
-- column billed_s : seconds that were billed
-- column cost_usd : their list price
select
    engine,
    cast(sum(channels) as bigint) as channels,
    cast(sum(skipped_channels) as bigint) as skipped,
    cast(sum(failed) as bigint) as failed,
    sum(billed_s) as billed_s,
    sum(cost_usd) as cost_usd
from costs_daily
where call_date between $from_date and $to_date
group by engine
order by channels desc, engine asc
