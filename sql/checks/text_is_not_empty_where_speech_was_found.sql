-- Failing rows: sentences of $days that were heard and have no text.
select
    call_id,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms
from sentences
where regexp_replace(text, '[\s\p{Z}]', '', 'g') = '' and in_days(call_date, $days)
