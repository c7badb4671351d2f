-- question_rates: rows of the days in $days that can't be right: more answers than were asked for, more choices than
-- answers, a share outside its interval, an option twice.
select
    call_date,
    dimension,
    key,
    question_id,
    option
from question_rates
where
    in_days(call_date, $days)
    and (
        answered + not_applicable + cannot_tell > asked
        or chosen > answered
        or not coalesce(share between share_low - 1e-6 and share_high + 1e-6, true)
        or not coalesce(share between 0 and 1, true)
    )
union all
select
    call_date,
    dimension,
    key,
    question_id,
    option
from question_rates
where in_days(call_date, $days)
group by
    call_date,
    dimension,
    key,
    scorecard_id,
    scorecard_version,
    evaluated_by,
    selection,
    plan,
    question_id,
    option
having count(*) > 1
