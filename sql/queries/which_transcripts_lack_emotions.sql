-- Which transcripts lack emotions?
--
-- Channels with sentences that nobody labelled, and the engine that left them so: any average of emotions speaks
-- for the rest only.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_id : the call
-- column call_date : the day of the call
-- column role : whose channel it is
-- column engine : what made the transcript
-- column sentences : sentences of the channel
-- column unlabelled : those without an emotion
with counted as (
    select
        call_id,
        channel_id,
        count(*) as sentences,
        count(*) filter (where emotion is null) as unlabelled
    from sentences
    group by call_id, channel_id
)

select
    transcripts.call_id,
    transcripts.call_date,
    transcripts.role,
    transcripts.engine,
    counted.sentences,
    counted.unlabelled
from counted
inner join transcripts
    on counted.call_id = transcripts.call_id and counted.channel_id = transcripts.channel_id
where
    counted.unlabelled > 0
    and transcripts.call_date between $from_date and $to_date
order by counted.unlabelled desc, transcripts.call_id asc, transcripts.role asc
