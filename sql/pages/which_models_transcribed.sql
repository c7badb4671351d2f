-- Which engines and models transcribed, and what do their transcripts lack?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column engine : the engine
-- column model : the model that was asked for
-- column channels : channels it transcribed
-- column untimed : channels without times
-- column unlabelled : channels with words and without an emotion
select
    engine,
    model,
    count(*) as channels,
    count(*) filter (where speech_s is null) as untimed,
    count(*) filter (where sentence_count > 0 and emotion is null) as unlabelled
from transcripts
where call_date between $from_date and $to_date
group by engine, model
order by channels desc, engine asc, model asc
