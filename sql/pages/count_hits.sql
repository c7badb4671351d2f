-- How often do some calls say what is searched?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param call_ids varchar[] : the calls
-- param needles struct[] : needle, role: what their search_texts contain, and who must say it
--
-- column hits : the number of places
with needles as (
    select unnest($needles::struct(needle varchar, role varchar)[]) as wanted
),

own as materialized ( -- a fraction of all texts, so the calls are sought first
    select
        body,
        role
    from search_texts
    where
        call_date between $from_date and $to_date
        and call_id in (select unnest($call_ids::varchar[]))
),

said as (
    -- the blank between two words that are both looked for belongs to both
    select
        replace(own.body, ' ', '  ') as body,
        replace(needles.wanted.needle, ' ', '  ') as needle
    from own cross join needles
    where
        contains(own.body, needles.wanted.needle)
        and (needles.wanted.role is null or needles.wanted.role = own.role)
)

select coalesce(sum((strlen(body) - strlen(replace(body, needle, ''))) // strlen(needle)), 0)::bigint as hits
from said
