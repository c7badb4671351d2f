-- Failing rows: turns of $days that end before they begin or after the recording does, or begin before the turn ahead.
with placed as (
    select
        turns.call_id,
        turns.turn_id,
        turns.begin_ms,
        turns.end_ms,
        calls.duration_s,
        lag(turns.begin_ms, 1, 0) over (partition by turns.call_id order by turns.turn_id) as earlier_begin_ms
    from turns
    inner join calls on turns.call_id = calls.call_id
    where in_days(turns.call_date, $days)
)

select * from placed
where end_ms < begin_ms or end_ms > round(duration_s * 1000) or begin_ms < earlier_begin_ms
