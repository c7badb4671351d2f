-- list_conversation_keys: of each call in the table spoken (list_conversations) its day, a hash of all that turns and
-- metrics are made of, and how many sentences there are of it in the table said (list_conversation_sentences).
with hashed as (
    select
        said.call_id,
        sum(hash(said)) as sentences_hash, -- noqa: RF02
        count(*) as sentences
    from said
    group by said.call_id
)

select
    spoken.call_id,
    spoken.call_date,
    concat_ws(' ', hash(spoken), hashed.sentences_hash) as hash, -- noqa: RF02
    coalesce(hashed.sentences, 0) as sentences
from spoken
left join hashed on spoken.call_id = hashed.call_id
order by spoken.call_id
