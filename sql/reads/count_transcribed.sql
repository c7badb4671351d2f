-- count_transcribed: what was transcribed of the days from $from_date to $to_date: channels, sentences, and the hours
-- of the calls that are ok.
with channels as (
    select count(*) as channels
    from transcripts
    where model <> 'none' and call_date between $from_date and $to_date
),

said as (
    select count(*) as sentences
    from sentences
    where call_date between $from_date and $to_date
),

heard as (
    select coalesce(sum(duration_s), 0) / 3600 as ok_hours
    from calls
    where status = 'ok' and call_date between $from_date and $to_date
)

select
    channels.channels,
    said.sentences,
    heard.ok_hours
from channels
cross join said
cross join heard
