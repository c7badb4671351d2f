-- The rows of the days in days_now, all tables but those that the product's own marts fill. Each call has the times and
-- moods of a dialogue, which the product has analysed, and words of its own.
create or replace temp table calls_now as
with numbered as (
    select
        days_now.day,
        number,
        days_now.first_number + number as n,
        days_now.calls as calls_of_day,
        days_now.progress
    from days_now, range(days_now.calls) as made (number)
),

placed as (
    select
        *,
        'call-' || strftime(day, '%y%m%d') || '-' || lpad(cast(number as varchar), 5, '0') as call_id,
        chance(hash(n, 'status')) as u_status,
        chance(hash(n, 'reason')) as u_reason,
        cast(floor(200 * pow(chance(hash(n, 'agent')), 1.4)) as integer) as agent_number,
        day + interval 7 hour + cast(43200 * (number + chance(hash(n, 'time'))) / calls_of_day as integer) * interval 1 second
            as started_at
    from numbered
),

chosen as (
    select
        placed.*,
        drawn_agents.agent_id,
        drawn_agents.agent_name,
        drawn_agents.queues[cast(hash(n, 'queue') % len(drawn_agents.queues) + 1 as bigint)] as queue,
        case
            when u_status < 0.008 then 'quarantined'
            when u_status < 0.013 then 'failed'
            when u_status < 0.02 then 'partial'
            else 'ok'
        end as status,
        -- an agent of little skill gets angrier dialogues, and so does everybody in the second half of the time
        cast(floor(getvariable('wholes') * pow(chance(hash(n, 'dialogue')), drawn_agents.skill + 0.3 * (progress < 0.5)::int)) as integer)
            as whole_dialogue
    from placed
    inner join drawn_agents on placed.agent_number = drawn_agents.number
)

select
    chosen.* exclude (whole_dialogue),
    dialogues.dialogue_id,
    dialogues.kind,
    dialogues.language,
    dialogues.duration_s,
    sha256(chosen.call_id) as recording_id,
    'qwen3-asr-flash-filetrans' as model,
    -- from one day on another engine, but for calls that were repeated or imported late
    case when (day >= getvariable('engine_day')::date) <> (hash(n, 'engine') % 400 = 0)
        then 'dashscope beijing' else 'local whisper base d01c3014'
    end as engine,
    day >= getvariable('detailed_from')::date as is_detailed
from chosen
inner join dialogues on dialogues.dialogue_id = case status
    when 'ok' then whole_dialogue
    when 'partial' then getvariable('wholes') + 1 + hash(n, 'half') % 300
    else getvariable('wholes')
end;

insert into calls by name
select
    call_id,
    recording_id,
    case when status = 'quarantined' and u_reason < 0.15 then null else day end as call_date,
    started_at::timestamptz as started_at,
    agent_id,
    agent_name,
    'customer-' || lpad(cast(hash(n, 'customer') % (1 + getvariable('calls') // 3) as varchar), 6, '0') as customer_id,
    queue,
    case when hash(n, 'direction') % 5 = 0 then 'outbound' else 'inbound' end as direction,
    language,
    duration_s,
    'wav' as container,
    'pcm_alaw' as codec,
    8000 as sample_rate,
    case when status = 'quarantined' and u_reason between 0.15 and 0.5 then 1 else 2 end as channels,
    cast(duration_s * 16000 as bigint) as size_bytes,
    0 as agent_channel,
    'file:///recordings/' || day || '/' || call_id || '.wav' as source_uri,
    'calls.csv' as metadata_source,
    '{}' as metadata_extra,
    status,
    case status
        when 'quarantined' then case
            when u_reason < 0.15 then 'no_date'
            when u_reason < 0.5 then 'mono'
            when u_reason < 0.8 then 'truncated'
            when u_reason < 0.95 then 'duplicate_audio'
            else 'not_audio'
        end
        when 'failed' then case when u_reason < 0.6 then 'DECODE_ERROR' else 'FILE_DOWNLOAD_FAILED' end
        when 'partial' then case when u_reason < 0.7 then 'FILE_DOWNLOAD_FAILED' else 'FILE_NORMALIZE_FAILED' end
    end as status_reason,
    case when status <> 'ok' then status_reason || ': ' || call_id || '.wav' end as status_message,
    started_at::timestamptz + interval 1 day as loaded_at,
    case when status_reason is distinct from 'mono' then 'stereo' end as form,
    1 as recordings,
    'calls.csv' as agent_channel_from
from calls_now;

create or replace temp table channels_now as
select
    calls_now.*,
    channel_id,
    case channel_id when 0 then 'agent' else 'customer' end as role,
    kind in ('whole', role) as is_transcribed
from calls_now, range(2) as channels (channel_id)
where status <> 'quarantined';

insert into call_channels by name
select
    call_id,
    channel_id,
    0 as segment,
    day as call_date,
    role,
    recording_id,
    channel_id as source_channel,
    'file:///recordings/' || day || '/' || call_id || '.wav' as source_uri,
    0 as offset_ms,
    duration_s,
    started_at::timestamptz as started_at,
    agent_id,
    agent_name,
    queue
from channels_now;

insert into transcription_tasks by name
select
    recording_id,
    channel_id,
    model,
    '5b45bdd16d1a7e6a' as parameters_hash,
    cast(attempt as integer) as attempt,
    day as call_date,
    md5(call_id || channel_id || attempt) as submission_id,
    md5(submission_id) as task_id,
    case when is_transcribed and attempt = attempts then 'parsed' else 'failed' end as state,
    case when state = 'failed' then case when u_reason < 0.6 then 'DECODE_ERROR' else 'FILE_DOWNLOAD_FAILED' end end as code,
    case when state = 'failed' then 'The audio file could not be read.' end as message,
    started_at::timestamptz + interval 20 hour as planned_at,
    planned_at + interval 1 second as submitted_at,
    submitted_at + to_seconds(cast(2 + 30 * chance(hash(n, channel_id, 'ended')) as bigint)) as ended_at,
    ended_at + interval 1 second as fetched_at,
    duration_s as audio_s,
    case when state = 'parsed' then ceil(duration_s) else 0 end as billed_s,
    case when starts_with(engine, 'dashscope') then billed_s * 0.000032 else 0 end as cost_usd,
    engine,
    model || '/' || day || '/' || submission_id || '.json' as raw_path,
    'the setting' as model_reason,
    false as asked_again
from (
    select *, case when hash(n, channel_id, 'attempts') % 100 = 0 then 2 else 1 end as attempts from channels_now
), range(1, attempts + 1) as tried (attempt);

insert into acoustics by name
select
    channels_now.call_id,
    channels_now.channel_id,
    day as call_date,
    channels_now.role,
    'transcribe' as action,
    case
        when hash(n, channels_now.channel_id, 'defect') % 300 = 0 then ['clipped']
        when hash(n, channels_now.channel_id, 'defect') % 300 = 1 then ['faint']
        when hash(n, channels_now.channel_id, 'defect') % 300 = 2 then ['bleeding']
        else []
    end as defects,
    coalesce(sounds.speech_s, 0) as speech_s,
    coalesce(sounds.speech_s, 0) / duration_s as speech_ratio,
    -22.0 - 6 * chance(hash(n, 'loud')) as speech_loudness_db,
    speech_loudness_db - 4 as loudness_db,
    case when is_detailed then coalesce(sounds.loudness_per_s_db, []) else [] end as loudness_per_s_db,
    -3.0 as peak_db,
    0.0 as clipping_ratio,
    0.01 as correlation,
    coalesce(sounds.segments, []) as segments,
    [] as sounds,
    case when is_detailed then coalesce(sounds.waveform, ''::blob) else ''::blob end as waveform,
    0 as greeting_channel,
    sha256(channels_now.call_id || channels_now.channel_id) as channel_sha256,
    recording_id,
    '2.a09c7114' as definition_version,
    '{}' as options,
    started_at::timestamptz + interval 20 hour as loaded_at
from channels_now
left join dialogue_sounds as sounds
    on channels_now.dialogue_id = sounds.dialogue_id and channels_now.channel_id = sounds.channel_id;

insert into sentences by name
with said as (
    select
        channels_now.call_id,
        channels_now.channel_id,
        sentence.sentence_id,
        channels_now.day as call_date,
        channels_now.role,
        sentence.begin_ms,
        sentence.end_ms,
        sentence.language,
        sentence.emotion,
        channels_now.is_detailed,
        sentence.language in ('zh', 'ja') as is_tight,
        hash(n, sentence.channel_id, sentence.sentence_id) as draw,
        sentence.fixed_text,
        case when sentence.fixed_text is null then sentence.words // 2 end as left_words,
        case when sentence.fixed_text is null then sentence.words - sentence.words // 2 end as right_words,
        cast(draw % getvariable('pieces') as integer) as left_number,
        cast(draw // 65536 % getvariable('pieces') as integer) as right_number
    from channels_now
    inner join dialogue_sentences as sentence
        on channels_now.dialogue_id = sentence.dialogue_id and channels_now.channel_id = sentence.channel_id
    where channels_now.is_transcribed
),

worded as (
    select
        said.*,
        coalesce(
            said.fixed_text,
            case
                when is_tight then before.text || after.text || '。'
                when draw % 250 = 0
                    then upper(before.text[1]) || before.text[2:] || ' '
                        || regexp_replace(after.text, '[^ ]+$', 'RX' || cast(draw // 250 % 900000 + 100000 as varchar)) || '.'
                else upper(before.text[1]) || before.text[2:] || ' ' || after.text || '.'
            end
        ) as text
    from said
    left join clauses as before
        on
            said.language = before.language
            and said.left_words = before.words
            and said.left_number = before.number
    left join clauses as after
        on
            said.language = after.language
            and said.right_words = after.words
            and said.right_number = after.number
)

select
    call_id,
    channel_id,
    sentence_id,
    call_date,
    role,
    begin_ms,
    end_ms,
    text,
    language,
    emotion,
    case when is_detailed then spread_words(text, begin_ms, end_ms, is_tight) end as words,
    0 as segment,
    'engine' as language_source
from worded
order by call_id, channel_id, sentence_id;

create or replace temp table channel_texts as
select
    channels_now.call_id,
    channels_now.channel_id,
    channels_now.day as call_date,
    channels_now.role,
    coalesce(string_agg(sentences.text, ' ' order by sentences.sentence_id), '') as text,
    channels_now.model,
    channels_now.engine,
    channels_now.recording_id
from channels_now
left join sentences
    on
        channels_now.call_id = sentences.call_id
        and channels_now.channel_id = sentences.channel_id
        and sentences.call_date in (select day from days_now)
where channels_now.is_transcribed
group by all;

insert into turns by name
with said as (
    select
        calls_now.call_id,
        turn_sentences.turn_id,
        string_agg(sentences.text, ' ' order by sentences.sentence_id) as text
    from calls_now
    inner join turn_sentences on calls_now.dialogue_id = turn_sentences.dialogue_id
    inner join sentences
        on
            calls_now.call_id = sentences.call_id
            and turn_sentences.channel_id = sentences.channel_id
            and turn_sentences.sentence_id = sentences.sentence_id
    where sentences.call_date in (select day from days_now)
    group by calls_now.call_id, turn_sentences.turn_id
)

select
    dialogue_turns.* exclude (call_id, call_date, text),
    calls_now.call_id,
    calls_now.day as call_date,
    said.text
from calls_now
inner join dialogue_turns on calls_now.dialogue_id::varchar = dialogue_turns.call_id
inner join said on calls_now.call_id = said.call_id and dialogue_turns.turn_id = said.turn_id
order by calls_now.call_id, dialogue_turns.turn_id;

insert into call_metrics by name
select
    dialogue_metrics.* exclude (call_id, call_date, loaded_at),
    calls_now.call_id,
    calls_now.day as call_date,
    calls_now.started_at::timestamptz + interval 1 day as loaded_at
from calls_now
inner join dialogue_metrics on calls_now.dialogue_id::varchar = dialogue_metrics.call_id
where calls_now.status <> 'quarantined'
order by calls_now.call_id;
