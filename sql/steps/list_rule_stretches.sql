-- list_rule_stretches: the calls of $first to $last that rules are applied to, day by day in stretches of at most $size
-- calls: the day, the first and last id and the number of calls of each stretch, and whether it is all of its day.
with numbered as (
    select
        call_date,
        call_id,
        (row_number() over (partition by call_date order by call_id) - 1) // $size as stretch
    from calls
    where status in ('ok', 'partial', 'failed') and call_date between $first and $last
)

select
    call_date,
    min(call_id) as first_call,
    max(call_id) as last_call,
    count(*) as calls,
    count(*) over (partition by call_date) = 1 as is_whole
from numbered
group by call_date, stretch
order by call_date, first_call
