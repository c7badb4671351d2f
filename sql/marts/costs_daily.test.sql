-- Failing rows of costs_daily for the days in $days: money that is in transcription_tasks and not here or the other way
-- round, attempts counted twice or not at all, a skipped channel that was paid for.
with asked as (
    select
        call_date,
        count(*) filter (where coalesce(engine, '') not like 'import %') as attempts,
        coalesce(sum(billed_s), 0) as billed_s,
        coalesce(sum(cost_usd), 0) as cost_usd
    from transcription_tasks
    where in_days(call_date, $days)
    group by call_date
),

day_rows as (
    select * from costs_daily
    where in_days(call_date, $days)
),

totals as (
    select
        call_date,
        sum(attempts) as attempts,
        sum(billed_s) as billed_s,
        sum(cost_usd) as cost_usd
    from day_rows
    group by call_date
)

select
    call_date,
    'the whole day' as engine,
    totals.attempts as found_attempts,
    coalesce(asked.attempts, 0) as expected_attempts,
    totals.cost_usd as found_usd,
    coalesce(asked.cost_usd, 0) as expected_usd
from totals full outer join asked using (call_date)  -- noqa: ST07
where
    totals.attempts is distinct from coalesce(asked.attempts, 0)
    or abs(coalesce(totals.billed_s, 0) - coalesce(asked.billed_s, 0)) > 1e-6
    or abs(coalesce(totals.cost_usd, 0) - coalesce(asked.cost_usd, 0)) > 1e-6
union all
select
    call_date,
    engine,
    attempts as found_attempts,
    0 as expected_attempts,
    cost_usd as found_usd,
    0 as expected_usd
from day_rows
where
    (skipped_channels > 0 and (attempts > 0 or billed_s > 0 or cost_usd > 0))
    or skipped_channels > channels
    or failed > attempts
