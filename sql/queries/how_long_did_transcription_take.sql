-- How long did transcription take?
--
-- From the submit to the end of the task, per day and engine, and how that compares with the length of the audio.
-- Failed tasks are left out: they end early and bring nothing.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column call_date : the day of the calls
-- column engine : what transcribed them
-- column channels : channels transcribed
-- column p50_s : median seconds from submit to end
-- column p95_s : 95th percentile of the same
-- column audio_s_per_s : seconds of audio a second of waiting brought
with ended as (
    select
        call_date,
        engine,
        audio_s,
        epoch_ms(ended_at - submitted_at) / 1000.0 as took_s
    from transcription_tasks
    where
        submitted_at is not null
        and ended_at is not null
        and state <> 'failed'
        and call_date between $from_date and $to_date
)

select
    call_date,
    engine,
    count(*) as channels,
    round(quantile_cont(took_s, 0.5), 1) as p50_s,
    round(quantile_cont(took_s, 0.95), 1) as p95_s,
    round(sum(audio_s) / nullif(sum(took_s), 0), 1) as audio_s_per_s
from ended
group by call_date, engine
order by call_date, engine
