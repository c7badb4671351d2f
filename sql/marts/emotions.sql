-- emotions: how much of each channel of the days in $days was spoken in each emotion.
select * rename (label as emotion) from label_shares('emotion', $days)  -- noqa: AM04
