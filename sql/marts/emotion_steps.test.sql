-- Failing rows of emotion_steps for the days in $days: calls with another number of steps than their customer's
-- labelled sentences make.
with told as (
    select
        call_date,
        call_id,
        count(*) - 1 as steps
    from sentences
    where in_days(call_date, $days) and role = 'customer' and emotion is not null
    group by call_date, call_id
    having count(*) > 1
),

found as (
    select
        call_date,
        call_id,
        sum(times) as steps
    from emotion_steps
    where in_days(call_date, $days)
    group by call_date, call_id
)

select
    call_date,
    call_id,
    found.steps as found_steps,
    told.steps as expected_steps
from found full outer join told using (call_date, call_id)  -- noqa: ST07
where found.steps is distinct from told.steps
