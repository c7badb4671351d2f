-- transcripts: one row per transcribed channel of the days in $days.
-- speech_s is the union of the channel's sentences in seconds; language and emotion are those spoken longest,
-- overlaps counted once as in languages and emotions (the first in the alphabet where two are equally
-- long). Where the model gives no times speech_s is null, and language and emotion are those of the most sentences.
-- channel_texts holds what the service said of the channel.
with day_sentences as (
    select * from sentences
    where in_days(call_date, $days)
),

timed as (
    select
        call_id,
        channel_id,
        end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
    from day_sentences
    window earlier as (
        partition by call_id, channel_id
        order by begin_ms, end_ms, sentence_id
        rows between unbounded preceding and 1 preceding
    )
),

speech as (
    select
        call_id,
        channel_id,
        count(*) as sentence_count,
        case when count(new_ms) = count(*) then sum(new_ms) / 1000.0 end as speech_s
    from timed
    group by call_id, channel_id
),

timed_languages as (
    select
        call_id,
        channel_id,
        language,
        end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
    from day_sentences
    where language is not null
    window earlier as (
        partition by call_id, channel_id, language
        order by begin_ms, end_ms, sentence_id
        rows between unbounded preceding and 1 preceding
    )
),

language_lengths as (
    select
        call_id,
        channel_id,
        language,
        count(*) as sentence_count,
        case when count(new_ms) = count(*) then sum(new_ms) end as length_ms
    from timed_languages
    group by call_id, channel_id, language
),

main_languages as (
    select
        call_id,
        channel_id,
        first(language order by length_ms desc nulls last, sentence_count desc, language asc) as language
    from language_lengths
    group by call_id, channel_id
),

timed_emotions as (
    select
        call_id,
        channel_id,
        emotion,
        end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
    from day_sentences
    where emotion is not null
    window earlier as (
        partition by call_id, channel_id, emotion
        order by begin_ms, end_ms, sentence_id
        rows between unbounded preceding and 1 preceding
    )
),

emotion_lengths as (
    select
        call_id,
        channel_id,
        emotion,
        count(*) as sentence_count,
        case when count(new_ms) = count(*) then sum(new_ms) end as length_ms
    from timed_emotions
    group by call_id, channel_id, emotion
),

main_emotions as (
    select
        call_id,
        channel_id,
        first(emotion order by length_ms desc nulls last, sentence_count desc, emotion asc) as emotion
    from emotion_lengths
    group by call_id, channel_id
)

select
    channel_texts.call_id,
    channel_texts.channel_id,
    channel_texts.call_date,
    channel_texts.role,
    channel_texts.text,
    main_languages.language,
    main_emotions.emotion,
    coalesce(speech.sentence_count, 0) as sentence_count,
    case when coalesce(speech.sentence_count, 0) = 0 then 0 else speech.speech_s end as speech_s,
    channel_texts.model,
    channel_texts.engine,
    channel_texts.recording_id,
    now() as loaded_at
from channel_texts
left join speech on channel_texts.call_id = speech.call_id and channel_texts.channel_id = speech.channel_id
left join main_languages
    on channel_texts.call_id = main_languages.call_id and channel_texts.channel_id = main_languages.channel_id
left join main_emotions
    on channel_texts.call_id = main_emotions.call_id and channel_texts.channel_id = main_emotions.channel_id
