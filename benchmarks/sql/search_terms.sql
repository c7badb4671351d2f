-- The other way to search: each word of a day and role, with the texts that say it and how often.
create table terms.search_terms as
with placed as (
    select
        call_date,
        role,
        row_number() over (partition by call_date order by call_id, channel_id) as text_number,
        body
    from search_texts
    where call_date between $first and $last
),

said as (
    select
        call_date,
        role,
        text_number,
        unnest(string_split(trim(body), ' ')) as word
    from placed
),

counted as (
    select
        call_date,
        role,
        word,
        text_number,
        least(count(*), 255)::utinyint as times
    from said
    group by call_date, role, word, text_number
)

select
    call_date,
    role,
    word,
    list(text_number::uinteger order by text_number) as texts,
    list(times order by text_number) as times
from counted
group by call_date, role, word
order by call_date, role, word
