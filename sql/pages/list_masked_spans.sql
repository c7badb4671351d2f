-- What was masked in a call, and when is it said?
--
-- Where the words of a sentence have no times, nobody knows when in it something is said: then it is all of the
-- sentence. A sentence without times leaves both null: it may be anywhere on its channel, as what is in none may be.
--
-- param call_id varchar : the call
--
-- column channel_id : the channel of the call on which it is said
-- column role : who says it
-- column kind : what it is, such as card
-- column sentence_id : the sentence of the channel; null where it is in none
-- column begin_char : the first character of its placeholder in the sentence
-- column end_char : the character after the last one
-- column begin_ms : when it begins at the earliest
-- column end_ms : when it ends at the latest
-- column is_heard_everywhere : whether the channels of the call hold one another's sound
with masked as (
    select
        redactions.channel_id,
        redactions.redaction_id,
        redactions.role,
        redactions.kind,
        redactions.sentence_id,
        redactions.begin_char,
        redactions.end_char,
        redactions.begin_ms,
        redactions.end_ms,
        sentences.begin_ms as sentence_begin_ms,
        sentences.end_ms as sentence_end_ms,
        len(list_filter(sentences.words, lambda word: word.begin_ms is not null)) as timed_words  -- noqa: RF01
    from redactions
    left join sentences
        on
            redactions.call_id = sentences.call_id
            and redactions.channel_id = sentences.channel_id
            and redactions.sentence_id = sentences.sentence_id
    where redactions.call_id = $call_id and redactions.policy <> 'keep'
)

select
    masked.channel_id,
    masked.role,
    masked.kind,
    masked.sentence_id,
    masked.begin_char,
    masked.end_char,
    if(
        masked.timed_words > 0 and masked.begin_ms is not null and masked.end_ms is not null,
        masked.begin_ms, masked.sentence_begin_ms
    ) as begin_ms,
    if(
        masked.timed_words > 0 and masked.begin_ms is not null and masked.end_ms is not null,
        masked.end_ms, masked.sentence_end_ms
    ) as end_ms,
    exists(
        select 1 from acoustics
        where acoustics.call_id = $call_id and list_has_any(acoustics.defects, ['dual_mono', 'bleeding'])
    ) as is_heard_everywhere
from masked
order by masked.redaction_id
