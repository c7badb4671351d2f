-- label_speech(kind, days): how much of each channel of `days` was spoken under each label. kind is 'emotion' or
-- 'language'; the label of sentences without one is null. speech_ms is the length of the union of the label's
-- sentences, null where the model gives no times.
create or replace macro label_speech(kind, days) as table
    with labelled as (
        select
            *,  -- noqa: AM04
            case kind when 'emotion' then emotion else language end as label  -- noqa: RF03
        from sentences
        where in_days(call_date, days)  -- noqa: RF03
    ),

    timed as (
        select
            *,  -- noqa: AM04
            end_ms - least(end_ms, greatest(begin_ms, coalesce(max(end_ms) over earlier, 0))) as new_ms
        from labelled
        window earlier as (
            partition by call_id, channel_id, label
            order by begin_ms, end_ms, sentence_id
            rows between unbounded preceding and 1 preceding
        )
    )

    select
        call_id,
        channel_id,
        label,
        call_date,
        role,
        count(*) as sentence_count,
        case when count(new_ms) = count(*) then sum(new_ms) end as speech_ms
    from timed
    group by call_id, channel_id, label, call_date, role;

-- label_shares(kind, days): the rows of emotions or languages; sentences without a label are left out. share is that of
-- the channel's labelled speech, so a channel's shares add up to 1; of its sentences where the model gives no times.
create or replace macro label_shares(kind, days) as table
    select
        call_id,
        channel_id,
        label,
        call_date,
        role,
        sentence_count,
        speech_ms / 1000 as speech_s,
        case
            when count(speech_ms) over of_channel < count(*) over of_channel
                then sentence_count / sum(sentence_count) over of_channel
            else coalesce(speech_ms / nullif(sum(speech_ms) over of_channel, 0), 1.0 / count(*) over of_channel)
        end as share
    from label_speech(kind, days)
    where label is not null
    window of_channel as (partition by call_id, channel_id);

-- labels_daily(kind, days): the rows of emotions_daily or languages_daily. speech_s adds up that of the channels;
-- share divides it by all that is labelled of the day, queue and role, by sentences where none of them has times.
create or replace macro labels_daily(kind, days) as table
    with spoken as (
        select call_id, role, emotion as label, sentence_count, speech_s from emotions  -- noqa: LT09
        where kind = 'emotion' and in_days(call_date, days)
        union all
        select call_id, role, language as label, sentence_count, speech_s from languages  -- noqa: LT09
        where kind = 'language' and in_days(call_date, days)
        union all
        select call_id, role, 'unlabelled' as label, sentence_count, speech_ms / 1000 as speech_s  -- noqa: LT09
        from label_speech(kind, days)
        where label is null
    ),

    made as (
        select call_id, role, min(engine) as first_engine, max(engine) as last_engine from transcripts  -- noqa: LT09
        where in_days(call_date, days)
        group by call_id, role
    ),

    totals as (
        select
            calls.call_date,
            calls.key as queue,
            spoken.role,
            spoken.label,
            count(distinct spoken.call_id) as calls,
            sum(spoken.sentence_count) as sentences,
            sum(case when spoken.speech_s is null then spoken.sentence_count else 0 end) as untimed_sentences,
            round(sum(spoken.speech_s), 6) as speech_s,
            case when min(made.first_engine) < max(made.last_engine) then 'mixed' else min(made.first_engine) end
                as engine
        from spoken
        inner join call_groups(days) as calls on spoken.call_id = calls.call_id  -- noqa: RF02
        left join made on spoken.call_id = made.call_id and spoken.role = made.role  -- noqa: RF02
        where calls.dimension = 'queue' and calls.status <> 'quarantined'
        group by calls.call_date, calls.key, spoken.role, spoken.label
    )

    select
        *,  -- noqa: AM04
        case
            when label = 'unlabelled' then null
            when sum(speech_s) over labelled > 0 then coalesce(speech_s, 0) / sum(speech_s) over labelled
            else sentences / sum(sentences) over labelled
        end as share
    from totals
    window labelled as (partition by call_date, queue, role, label = 'unlabelled');
