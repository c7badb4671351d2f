-- What can the calls be narrowed to?
--
-- One row of lists of what occurs; a list is null where nothing does.
--
-- column agents : ids of agents
-- column queues : queues
-- column languages : codes of languages
with of_calls as (
    select
        list(distinct agent_id order by agent_id) filter (where agent_id is not null) as agents,
        list(distinct queue order by queue) filter (where queue is not null) as queues
    from calls
),

of_words as (
    select list(distinct language order by language) as languages from languages
)

select
    of_calls.agents,
    of_calls.queues,
    of_words.languages
from of_calls cross join of_words
