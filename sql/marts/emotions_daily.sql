-- emotions_daily: how much was spoken in each emotion by day, queue and role, for the days in $days.
select * rename (label as emotion) from labels_daily('emotion', $days)  -- noqa: AM04
