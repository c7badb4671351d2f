-- list_measured_elsewhere: rows of acoustics of the calls in judged_channels, as another machine has measured them
-- (measured_elsewhere), with what was decided about each channel.
select
    judged.call_date,
    judged.role,
    judged.action,
    measured.*, -- noqa: AM04, RF02
    cast($loaded_at as timestamptz) as loaded_at -- noqa: RF02
from judged_channels as judged
inner join measured_elsewhere as measured
    on judged.call_id = measured.call_id and judged.channel_id = measured.channel_id
