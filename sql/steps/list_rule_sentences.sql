-- list_rule_sentences: all that is said in the calls of list_rule_calls, with the turn that each sentence is part of,
-- in the order of their calls and turns; turn_id is null where the call has no turns.
with said as (
    select
        call_id,
        sentence_id,
        channel_id,
        role,
        begin_ms,
        end_ms,
        text,
        language,
        emotion,
        words
    from sentences
    where call_date between $first_day and $last_day and call_id between $first_call and $last_call
),

spoken as (
    select
        call_id,
        channel_id,
        role,
        turn_id,
        first_sentence_id,
        last_sentence_id
    from turns
    where call_date between $first_day and $last_day and call_id between $first_call and $last_call
)

select
    said.call_id,
    said.sentence_id,
    said.channel_id,
    said.role,
    said.begin_ms,
    said.end_ms,
    said.text,
    said.language,
    said.emotion,
    case when said.sentence_id <= spoken.last_sentence_id then spoken.turn_id end as turn_id,
    said.words
from said
asof left join spoken
    on
        said.call_id = spoken.call_id
        and said.channel_id = spoken.channel_id
        and said.role = spoken.role
        and said.sentence_id >= spoken.first_sentence_id
order by said.call_id, turn_id nulls last, said.begin_ms nulls last, said.channel_id, said.sentence_id
