-- dialogues: who says how much when and in which mood, without words. One row per dialogue; mood goes from 0 (friendly)
-- to 1 (angry) with its id, so that agents and seasons can differ by the ids they draw from.
-- kind: whole, one of the two roles only (the other channel was not transcribed), or none.
create temp table dialogues as
select
    cast(number as integer) as dialogue_id,
    case
        when number < getvariable('wholes') then 'whole'
        when number = getvariable('wholes') then 'none'
        when number % 2 = 0 then 'agent'
        else 'customer'
    end as kind,
    case when number < getvariable('wholes') then number / getvariable('wholes') else chance(hash(number, 'mood')) end as mood,
    ['calms', 'calms', 'turns', 'steady', 'steady'][cast(hash(number, 'course') % 5 + 1 as bigint)] as course,
    case
        when chance(hash(number, 'language')) < 0.45 then 'en'
        when chance(hash(number, 'language')) < 0.66 then 'zh'
        when chance(hash(number, 'language')) < 0.79 then 'es'
        when chance(hash(number, 'language')) < 0.87 then 'de'
        when chance(hash(number, 'language')) < 0.95 then 'fr'
        else 'ja'
    end as language,
    chance(hash(number, 'switches')) < 0.06 as switches,
    -- log-normal, mean getvariable('sentences')
    cast(least(6 * getvariable('sentences'), greatest(4, round(
        getvariable('sentences') * exp(0.6 * sqrt(-2 * ln(chance(hash(number, 'a')) + 1e-9)) * cos(2 * pi() * chance(hash(number, 'b'))) - 0.18)
    ))) as integer) as sentences
from range(getvariable('wholes') + 301) as made (number);

create temp table dialogue_sentences as
with placed as (
    select
        dialogues.*,
        place,
        place = 0 or chance(hash(dialogue_id, place, 'flip')) < 0.62 as flips,
        chance(hash(dialogue_id, place, 'words')) as u_words,
        chance(hash(dialogue_id, place, 'gap')) as u_gap,
        chance(hash(dialogue_id, place, 'long')) as u_long,
        chance(hash(dialogue_id, place, 'emotion')) as u_emotion,
        place / sentences as progress
    from dialogues, range(dialogues.sentences) as spoken (place)
),

sided as (
    select
        *,
        cast(sum(cast(flips as integer)) over (partition by dialogue_id order by place) - 1 as integer) % 2 as channel_id,
        case
            when place = 0 then 10
            when u_words < 0.07 then 1
            else cast(least(26, greatest(2, round(9 * exp(0.55 * sqrt(-2 * ln(u_words)) * cos(2 * pi() * u_long))))) as integer)
        end as words,
        case when switches and chance(hash(dialogue_id, place, 'other')) < 0.2
            then case when language = 'en' then 'es' else 'en' end
            else language
        end as spoken_language
    from placed
),

timed as (
    select
        *,
        cast(round(case
            when words = 1 then 300 + 500 * u_long
            else words * 60000 / (case when channel_id = 0 then 150 else 165 end + 50 * chance(hash(dialogue_id, channel_id)))
        end) as integer) as duration_ms
    from sided
),

spaced as (
    select
        *,
        cast(case
            when place = 0 then 400 + 900 * u_long
            when not flips then 90 + 600 * u_long
            when u_gap < 0.06 + 0.05 * mood
                then -0.5 * least(duration_ms, lag(duration_ms) over of_dialogue) * greatest(0.2, u_long)
            when u_gap < 0.13 + 0.05 * mood then 3000 + 11000 * u_long * u_long
            else 150 + 1200 * u_long
        end as integer) as gap_ms
    from timed
    window of_dialogue as (partition by dialogue_id order by place)
),

felt as (
    select
        *,
        cast(sum(gap_ms + duration_ms) over (partition by dialogue_id order by place) as integer) as end_ms,
        least(0.9, greatest(0.02, mood * mood * 0.7 + case course
            when 'calms' then 0.3 * (0.5 - progress)
            when 'turns' then 0.5 * (progress - 0.5)
            else 0
        end)) as p_negative
    from spaced
)

select
    dialogue_id,
    cast(row_number() over (partition by dialogue_id, channel_id order by place) - 1 as integer) as sentence_id,
    channel_id,
    case channel_id when 0 then 'agent' else 'customer' end as role,
    end_ms - duration_ms as begin_ms,
    end_ms,
    spoken_language as language,
    words,
    case
        when place > 0 and words > 1 then null
        when place = 0 then case spoken_language
            when 'en' then 'Thank you for calling customer care, how may I help?'
            when 'es' then 'Gracias por llamar a atención al cliente, ¿qué puedo hacer?'
            when 'de' then 'Danke für Ihren Anruf beim Kundendienst, was kann ich tun?'
            when 'fr' then 'Merci de votre appel au service client, que puis-je faire?'
            when 'zh' then '您好，感谢您致电客户服务中心，请问您有什么问题？'
            else 'お電話ありがとうございます。カスタマーセンターです。'
        end
        else case spoken_language
            when 'zh' then '嗯。' when 'ja' then 'はい。' when 'es' then 'Sí.' when 'fr' then 'Oui.' when 'de' then 'Ja.' else 'Okay.'
        end
    end as fixed_text,
    case
        when chance(hash(dialogue_id, place, 'unlabelled')) < 0.03 then null
        when channel_id = 0 then case
            when u_emotion < 0.72 then 'neutral' when u_emotion < 0.92 then 'happy' when u_emotion < 0.97 then 'sad'
            when u_emotion < 0.98 then 'surprised' else 'angry'
        end
        when u_emotion < p_negative * 0.6 then 'angry'
        when u_emotion < p_negative * 0.85 then 'sad'
        when u_emotion < p_negative * 0.93 then 'disgusted'
        when u_emotion < p_negative then 'fearful'
        when u_emotion < p_negative + 0.04 then 'surprised'
        when u_emotion > 1 - 0.25 * (1 - mood) then 'happy'
        else 'neutral'
    end as emotion
from felt
where kind in ('whole', case channel_id when 0 then 'agent' else 'customer' end);

alter table dialogues add column duration_s double;
update dialogues set duration_s = coalesce(
    (select max(sentence.end_ms) / 1000 + 0.8 from dialogue_sentences as sentence where sentence.dialogue_id = dialogues.dialogue_id),
    95
);
