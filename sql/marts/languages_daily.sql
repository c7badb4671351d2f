-- languages_daily: how much was spoken in each language by day, queue and role, for the days in $days.
-- speech_s adds up that of the channels (unions of sentences, as in languages.sql); null where no model gave times.
-- share divides it by all that is labelled of the day, queue and role; by sentences where none of them has times.
with channels as (
    select
        call_id,
        role,
        language,
        sentence_count,
        case when speech_s is null then sentence_count else 0 end as untimed_sentences,
        speech_s
    from languages
    where list_contains(cast($days as date[]), call_date)
),

unlabelled as (
    select
        call_id,
        channel_id,
        role,
        end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
    from sentences
    where list_contains(cast($days as date[]), call_date) and language is null
    window earlier as (
        partition by call_id, channel_id
        order by begin_ms, end_ms, sentence_id
        rows between unbounded preceding and 1 preceding
    )
),

spoken as (
    select * from channels
    union all
    select
        call_id,
        role,
        'unlabelled' as language,
        count(*) as sentence_count,
        case when count(new_ms) < count(*) then count(*) else 0 end as untimed_sentences,
        case when count(new_ms) = count(*) then sum(new_ms) / 1000.0 end as speech_s
    from unlabelled
    group by call_id, channel_id, role
),

totals as (
    select
        calls.call_date,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
        spoken.role,
        spoken.language,
        count(distinct spoken.call_id) as calls,
        sum(spoken.sentence_count) as sentences,
        sum(spoken.untimed_sentences) as untimed_sentences,
        round(sum(spoken.speech_s), 6) as speech_s
    from spoken
    inner join calls on spoken.call_id = calls.call_id
    where list_contains(cast($days as date[]), calls.call_date) and calls.status not in ('pending', 'quarantined')
    group by all
)

select
    *,
    case
        when language = 'unlabelled' then null
        when sum(speech_s) over labelled > 0 then coalesce(speech_s, 0) / sum(speech_s) over labelled
        else sentences / sum(sentences) over labelled
    end as share
from totals
window labelled as (partition by call_date, queue, role, language = 'unlabelled')
