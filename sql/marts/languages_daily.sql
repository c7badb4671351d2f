-- languages_daily: how much was spoken in each language by day, queue and role, for the days in $days.
select * rename (label as language) from labels_daily('language', $days)  -- noqa: AM04
