-- turn_sentences: the sentences of each turn of the dialogues.
create temp table turn_sentences as
select
    sentence.dialogue_id,
    sentence.channel_id,
    sentence.sentence_id,
    turns.turn_id
from dialogue_sentences as sentence
inner join dialogue_turns as turns
    on
        cast(sentence.dialogue_id as varchar) = turns.call_id
        and sentence.channel_id = turns.channel_id
        and sentence.sentence_id between turns.first_sentence_id and turns.last_sentence_id;
