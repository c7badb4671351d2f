-- scores_daily: rows of the days in $days that can't be right. A group's means lie in their intervals; of each
-- dimension the evaluations are all of those that count, each once; auto-fails have a score.
with rows_of_days as (
    select * from scores_daily -- noqa: AM04
    where in_days(call_date, $days)
),

counted as (
    select
        call_date,
        scorecard_id,
        scorecard_version,
        case when evaluation_type = 'machine' then 'machine' else 'people' end as evaluated_by,
        case when inclusion_probability > 0 then 'drawn' else 'chosen' end as selection,
        case when inclusion_probability > 0 then nullif(split_part(sample_id, '/', 1), '') end as plan,
        count(*) as evaluations
    from evaluations
    where
        in_days(call_date, $days)
        and state not in ('draft', 'withdrawn', 'retracted')
        and evaluation_type <> 'calibration'
        and (released_at is not null or evaluation_type = 'machine')
    group by call_date, scorecard_id, scorecard_version, evaluated_by, selection, plan
),

summed as (
    select
        call_date,
        dimension,
        scorecard_id,
        scorecard_version,
        evaluated_by,
        selection,
        plan,
        sum(evaluations) as evaluations
    from rows_of_days
    group by call_date, dimension, scorecard_id, scorecard_version, evaluated_by, selection, plan
)

select
    call_date,
    dimension,
    key,
    'a figure lies outside' as fault
from rows_of_days
where
    n + without_score <> evaluations
    or auto_fails > n
    or not coalesce(mean between ci_low - 1e-6 and ci_high + 1e-6, true)
    or (mean is null) <> (n = 0)
union all
select
    coalesce(summed.call_date, counted.call_date) as call_date,
    summed.dimension,
    null as key,
    'not all evaluations are in it' as fault
from summed
full join counted
    on
        summed.call_date = counted.call_date
        and summed.scorecard_id = counted.scorecard_id
        and summed.scorecard_version = counted.scorecard_version
        and summed.evaluated_by = counted.evaluated_by
        and summed.selection = counted.selection
        and summed.plan is not distinct from counted.plan
where summed.evaluations is distinct from counted.evaluations
