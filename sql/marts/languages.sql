-- languages: how much of each channel of the days in $days was spoken in each language.
select * rename (label as language) from label_shares('language', $days)  -- noqa: AM04
