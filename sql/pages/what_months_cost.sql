-- What did each month cost, by engine and model?
--
-- param months integer : months at most, the newest first
--
-- column month : its first day
-- column engine : the engine; of channels that cost nothing it says why
-- column model : the model; none where nothing was asked
-- column channels : channels
-- column billed_s : seconds that were transcribed for its price
-- column cost_usd : their list price
with by_month as (
    select
        cast(date_trunc('month', call_date) as date) as month,
        engine,
        model,
        cast(sum(channels) as bigint) as channels,
        sum(billed_s) as billed_s,
        sum(cost_usd) as cost_usd
    from costs_daily
    group by month, engine, model
)

select *
from by_month
qualify dense_rank() over (order by month desc) <= $months
order by month desc, cost_usd desc, channels desc, engine asc, model asc
