-- list_transcripts_to_export: what was transcribed of the channels of the calls $ids, and what each channel is called
-- where that is not its role.
select
    transcripts.*,  -- noqa: AM04
    (
        select any_value(call_channels.name) from call_channels
        where
            call_channels.call_id = transcripts.call_id
            and call_channels.channel_id = transcripts.channel_id
    ) as name
from transcripts
where transcripts.call_id in (select unnest($ids))
order by transcripts.call_id, transcripts.channel_id
