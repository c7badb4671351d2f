-- languages: how much of each channel of the days in $days was spoken in each language.
-- speech_s is the union of that language's sentences in seconds; share divides it by the sum over the channel's
-- languages, so shares of a channel add up to 1. Sentences without a language are in no row. Where the model gives no
-- times speech_s is null and share is that of the sentences.
with timed as (
    select
        call_id,
        channel_id,
        language,
        call_date,
        role,
        end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
    from sentences
    where list_contains(cast($days as date[]), call_date) and language is not null
    window earlier as (
        partition by call_id, channel_id, language
        order by begin_ms, end_ms, sentence_id
        rows between unbounded preceding and 1 preceding
    )
),

lengths as (
    select
        call_id,
        channel_id,
        language,
        call_date,
        role,
        count(*) as sentence_count,
        case when count(new_ms) = count(*) then sum(new_ms) end as speech_ms
    from timed
    group by call_id, channel_id, language, call_date, role
)

select
    call_id,
    channel_id,
    language,
    call_date,
    role,
    sentence_count,
    speech_ms / 1000 as speech_s,
    case
        when count(speech_ms) over of_channel < count(*) over of_channel
            then sentence_count / sum(sentence_count) over of_channel
        else
            coalesce(
                speech_ms / nullif(sum(speech_ms) over of_channel, 0),
                1.0 / count(*) over of_channel
            )
    end as share
from lengths
window of_channel as (partition by call_id, channel_id)
