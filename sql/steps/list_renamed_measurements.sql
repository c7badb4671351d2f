-- list_renamed_measurements: rows of acoustics whose call has another id in kept_channels, as they are under that id;
-- all other columns stay.
select
    kept.call_id,
    kept.call_date,
    kept.role,
    kept.action,
    measured.* exclude (call_id, call_date, role, action) -- noqa: AM04, RF02
from kept_channels as kept
inner join acoustics as measured
    on
        kept.source_call_id = measured.call_id
        and kept.channel_id = measured.channel_id
where kept.source_call_id <> kept.call_id
