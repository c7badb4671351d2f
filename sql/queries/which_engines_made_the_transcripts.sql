-- Which engines made the transcripts?
--
-- What each engine and model wrote, and how much of it carries a language and an emotion. Numbers from two engines
-- are not to be compared without looking here first.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column engine : what made the transcripts
-- column model : the model asked for
-- column calls : calls
-- column channels : channels
-- column sentences : sentences
-- column with_language : share of sentences with a language
-- column with_emotion : share of sentences with an emotion
with counted as (
    select
        call_id,
        channel_id,
        count(*) as sentences,
        count(language) as with_language,
        count(emotion) as with_emotion
    from sentences
    group by call_id, channel_id
)

select
    transcripts.engine,
    transcripts.model,
    count(distinct transcripts.call_id) as calls,
    count(*) as channels,
    coalesce(sum(counted.sentences), 0) as sentences,
    round(sum(counted.with_language) / nullif(sum(counted.sentences), 0), 2) as with_language,
    round(sum(counted.with_emotion) / nullif(sum(counted.sentences), 0), 2) as with_emotion
from transcripts
left join counted
    on transcripts.call_id = counted.call_id and transcripts.channel_id = counted.channel_id
where transcripts.call_date between $from_date and $to_date
group by transcripts.engine, transcripts.model
order by channels desc, transcripts.engine asc, transcripts.model asc
