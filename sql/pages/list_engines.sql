-- Which engines made the transcripts that this snapshot holds?
--
-- Channels without speech, which nothing heard, are left out.
--
-- One row per engine, the one with the most channels first.
--
-- column engine : who heard the channel, as `transcripts.engine` names it
-- column channels : channels it transcribed
select
    engine,
    count(*) as channels
from transcripts
where engine not like 'none (%'
group by engine
order by channels desc, engine asc
