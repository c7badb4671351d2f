"""The selects behind queries.py, one constant a question. Values come as $parameters only."""

from __future__ import annotations

PUBLICATION = """
select
    newest.published_at at time zone $time_zone as published_at,
    newest.pipeline_version,
    bounds.first_date,
    bounds.last_date,
    bounds.calls
from (select min(call_date) as first_date, max(call_date) as last_date, count(*) as calls from calls) as bounds
left join (select * from publication order by published_at desc limit 1) as newest on true
"""

_DATED = "calls.call_date between $from_date and $to_date"
_DATED_OR_UNDATED = f"(calls.call_date is null or {_DATED})"

TOTALS = f"""
with counted as (
    select
        count(*) as calls,
        count(*) filter (where status = 'ok') as ok,
        count(*) filter (where status = 'partial') as partial,
        count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'quarantined') as quarantined,
        count(*) filter (where call_date is null) as undated,
        coalesce(sum(duration_s) filter (where status <> 'quarantined'), 0) as audio_s
    from calls
    where {_DATED_OR_UNDATED}
),

paid as (
    select coalesce(sum(billed_s), 0) as billed_s, coalesce(sum(cost_usd), 0) as cost_usd
    from transcription_tasks
    where call_date between $from_date and $to_date
)

select * from counted cross join paid
"""

_STATUSES = """
unpivot (
    select call_date, sum(ok) as ok, sum(partial) as partial, sum(failed) as failed, sum(quarantined) as quarantined
    from calls_daily
    where call_date between $from_date and $to_date
    group by call_date
)
on columns (* exclude (call_date)) into name status value calls
"""
CALLS_BY_DAY = f"""
select call_date, status, cast(calls as bigint) as calls
from ({_STATUSES})
where calls > 0
order by call_date, status
"""

CUSTOMER_EMOTIONS_BY_DAY = """
select call_date, nullif(emotion, 'unlabelled') as emotion, sum(speech_s) as speech_s
from emotions_daily
where role = 'customer' and speech_s is not null and call_date between $from_date and $to_date
group by call_date, emotion
order by call_date, emotion
"""

EMOTIONS_BY_ROLE = """
select role, nullif(emotion, 'unlabelled') as emotion, sum(speech_s) as speech_s
from emotions_daily
where speech_s is not null and call_date between $from_date and $to_date
group by role, emotion
order by role, emotion
"""

LANGUAGES = """
select language, cast(sum(sentences) as bigint) as sentences, coalesce(sum(speech_s), 0) as speech_s
from languages_daily
where language <> 'unlabelled' and call_date between $from_date and $to_date
group by language
order by speech_s desc, sentences desc, language
"""

MODELS = """
select
    model,
    count(*) as channels,
    count(*) filter (where speech_s is null) as untimed,
    count(*) filter (where sentence_count > 0 and emotion is null) as unlabelled
from transcripts
where call_date between $from_date and $to_date
group by model
order by channels desc, model
"""

ENGINES = """
select
    engine,
    cast(sum(channels) as bigint) as channels,
    cast(sum(skipped_channels) as bigint) as skipped,
    cast(sum(failed) as bigint) as failed,
    sum(billed_s) as billed_s,
    sum(cost_usd) as cost_usd
from costs_daily
where call_date between $from_date and $to_date
group by engine
order by channels desc, engine
"""

ANGRIEST_CALLS = f"""
with labelled as (
    select
        call_id,
        sum(speech_s) filter (where emotion = 'angry') as angry_s,
        sum(share) filter (where emotion = 'angry') as angry_share
    from emotions
    where role = 'customer'
    group by call_id
)

select
    calls.call_id,
    calls.agent_id,
    calls.agent_name,
    calls.queue,
    labelled.angry_s,
    labelled.angry_share
from labelled inner join calls on labelled.call_id = calls.call_id
where labelled.angry_share > 0 and {_DATED}
order by labelled.angry_s desc nulls last, labelled.angry_share desc, calls.call_id
limit $limit
"""

PROBLEMS = f"""
select call_id, call_date, status, status_reason as reason, status_message as message
from calls
where status <> 'ok' and {_DATED_OR_UNDATED}
order by
    case status when 'quarantined' then 0 when 'failed' then 1 else 2 end, call_date desc nulls first, call_id
limit $limit
"""

CHOICES = """
select
    (select list(distinct agent_id order by agent_id) from calls where agent_id is not null) as agents,
    (select list(distinct queue order by queue) from calls where queue is not null) as queues,
    (select list(distinct language order by language) from languages) as languages
"""

DEFECT_CHOICES = """
select list(distinct defect order by defect) as defects
from (select unnest(defects) as defect from acoustics)
"""

CALLS = """
with page as (
    select
        row_number() over (order by {order}, calls.call_id) as place,
        calls.*
    from calls
    where {condition}
    order by place
    limit $page_size offset $page_start
),

heard as (
    select
        call_id,
        list(emotion order by begin_ms nulls last, sentence_id) filter (where role = 'customer') as customer_course
    from sentences
    where call_id in (select page.call_id from page)
    group by call_id
),

spoken as (
    select call_id, list(distinct language order by language) as languages
    from languages
    where call_id in (select page.call_id from page)
    group by call_id
),

made as (
    select call_id, list(distinct engine order by engine) as engines
    from transcripts
    where call_id in (select page.call_id from page)
    group by call_id
),

found as (
    select call_id, role, begin_ms, text
    from sentences
    where call_id in (select page.call_id from page) and contains(lower(text), lower($match::varchar))
    qualify row_number() over (partition by call_id order by begin_ms nulls last, role, sentence_id) = 1
)

select
    page.call_id,
    page.call_date,
    page.started_at at time zone $time_zone as started_at,
    page.agent_id,
    page.agent_name,
    page.queue,
    page.duration_s,
    page.status,
    coalesce(made.engines, []) as engines,
    coalesce(spoken.languages, []) as languages,
    coalesce(heard.customer_course, []) as customer_course,
    found.role as match_role,
    found.begin_ms as match_ms,
    found.text as match_text
from page
left join heard on page.call_id = heard.call_id
left join spoken on page.call_id = spoken.call_id
left join made on page.call_id = made.call_id
left join found on page.call_id = found.call_id
order by page.place
"""

CALL = """
select
    call_id, call_date, started_at at time zone $time_zone as started_at, agent_id, agent_name, customer_id, queue,
    direction, duration_s, container, codec, sample_rate, channels, agent_channel, source_uri, status,
    status_reason, status_message
from calls
where call_id = $call_id
"""

CHANNELS = """
with attempts as (
    select
        transcription_tasks.channel_id,
        transcription_tasks.state,
        transcription_tasks.code,
        transcription_tasks.message,
        count(*) over (partition by transcription_tasks.channel_id) as attempts
    from transcription_tasks
    inner join calls on transcription_tasks.recording_id = calls.recording_id
    left join transcripts
        on
            calls.call_id = transcripts.call_id
            and transcription_tasks.channel_id = transcripts.channel_id
    where calls.call_id = $call_id and calls.status <> 'quarantined'
    qualify row_number() over (
        partition by transcription_tasks.channel_id
        order by
            coalesce(transcription_tasks.model = transcripts.model, false) desc,
            transcription_tasks.planned_at desc nulls last, transcription_tasks.attempt desc
    ) = 1
),

written as (
    select * from transcripts where call_id = $call_id
)

select
    case when channel_id = calls.agent_channel then 'agent' else 'customer' end as role,
    channel_id,
    written.engine,
    written.model,
    written.language,
    written.emotion,
    coalesce(written.sentence_count, 0) as sentence_count,
    attempts.state,
    attempts.code,
    attempts.message,
    coalesce(attempts.attempts, 0) as attempts
from written full outer join attempts using (channel_id)
inner join calls on calls.call_id = $call_id
order by role
"""

_NUMBERED = """
select
    row_number() over (order by begin_ms nulls last, role, sentence_id) - 1 as number,
    role, begin_ms, end_ms, text, language, emotion
from sentences
where call_id = $call_id
"""

SENTENCES = f"{_NUMBERED} order by number limit $limit offset $offset"

SENTENCE_AT = f"select coalesce(max(number), 0) as number from ({_NUMBERED}) where begin_ms <= $at_ms"
