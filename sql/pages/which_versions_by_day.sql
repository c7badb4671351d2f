-- By which engines, models and definitions were each day's figures made?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_date : the day; one on which nothing was transcribed or measured has no row
-- column engines : the engines, in order of their names
-- column models : the models, in order of their names
-- column definition : version of the definitions, 'mixed' for several; null where nothing was measured
with made as (
    select
        call_date,
        list(distinct engine order by engine) as engines,
        list(distinct model order by model) as models
    from transcripts
    where model <> 'none' and call_date between $from_date and $to_date
    group by call_date
),

measured as (
    select
        call_date,
        definition_version as definition
    from counts_daily
    where dimension = 'all' and call_date between $from_date and $to_date
)

select
    coalesce(made.call_date, measured.call_date) as call_date,
    coalesce(made.engines, []) as engines,
    coalesce(made.models, []) as models,
    measured.definition
from measured
full outer join made on measured.call_date = made.call_date
where made.engines is not null or measured.definition is not null
order by coalesce(made.call_date, measured.call_date)
