-- Which sentences may be recordings?
--
-- Sentences that are said word for word in many calls and by several agents, and last equally long each time, as a
-- recorded announcement does and a person does not. What is one goes into `announcements` of [metrics] in qa.toml, and
-- is nobody's speech from the next run on (docs/acoustics.md, Announcements).
--
-- param least_calls integer = 5 : in so many calls at least
-- param most_apart_s double = 0.3 : by how much the longest may differ from the shortest
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column said : the sentence
-- column role : on whose channel
-- column calls : calls with it
-- column agents : agents in whose calls it is
-- column queues : queues in whose calls it is
-- column shortest_s : its shortest length in seconds
-- column longest_s : its longest
-- column first_at_s : when it begins, seconds into the call: the median
with said as (
    select
        sentences.call_id,
        sentences.role,
        sentences.text,
        sentences.begin_ms,
        sentences.end_ms - sentences.begin_ms as length_ms,
        calls.agent_id,
        calls.queue,
        trim(regexp_replace(lower(sentences.text), '[^\pL\pN\pM]+', ' ', 'g')) as words
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    where
        sentences.begin_ms is not null
        and sentences.end_ms - sentences.begin_ms >= 1500
        and calls.call_date between $from_date and $to_date
)

select
    mode(text) as said,
    role,
    count(distinct call_id) as calls,
    count(distinct agent_id) as agents,
    count(distinct queue) as queues,
    round(min(length_ms) / 1000.0, 2) as shortest_s,
    round(max(length_ms) / 1000.0, 2) as longest_s,
    round(median(begin_ms) / 1000.0, 1) as first_at_s
from said
group by words, role
having
    count(distinct call_id) >= $least_calls
    and count(distinct agent_id) <> 1
    and (max(length_ms) - min(length_ms)) / 1000.0 <= $most_apart_s
order by calls desc, said asc
