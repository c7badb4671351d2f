-- What was heard in calls of the list, by which engines?
--
-- param call_ids varchar[] : the calls
-- param call_dates date[] : their days
--
-- column call_id : the call
-- column engines : engines that made its transcripts
-- column languages : languages that are spoken in it
-- column customer_course : the emotion of each sentence of the customer in the order of time; null: not labelled
with listed as (
    select unnest($call_ids::varchar[]) as call_id
),

heard as (
    select
        call_id,
        list(emotion order by begin_ms nulls last, sentence_id) filter (where role = 'customer') as customer_course
    from sentences
    where call_date in (select unnest($call_dates::date[])) and call_id in (select listed.call_id from listed)
    group by call_id
),

spoken as (
    select
        call_id,
        list(distinct language order by language) as languages
    from languages
    where call_date in (select unnest($call_dates::date[])) and call_id in (select listed.call_id from listed)
    group by call_id
),

made as (
    select
        call_id,
        list(distinct engine order by engine) as engines
    from transcripts
    where call_date in (select unnest($call_dates::date[])) and call_id in (select listed.call_id from listed)
    group by call_id
)

select
    listed.call_id,
    coalesce(made.engines, []) as engines,
    coalesce(spoken.languages, []) as languages,
    coalesce(heard.customer_course, []) as customer_course
from listed
left join heard on listed.call_id = heard.call_id
left join spoken on listed.call_id = spoken.call_id
left join made on listed.call_id = made.call_id
