-- list_counts_by_day: calls of all and of each queue on each day from $from_date to $to_date, and what they may be
-- counted among.
select
    call_date,
    dimension,
    key,
    calls,
    failed,
    partial,
    quarantined,
    defects,
    escalated,
    recovered
from counts_daily
where call_date between $from_date and $to_date and dimension in ('all', 'queue')
order by dimension, key, call_date
