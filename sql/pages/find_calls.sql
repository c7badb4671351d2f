-- Which calls does a choice leave, and what does the list show of them?
--
-- One page of the list; a page beyond the last one is the last one. A choice that is null leaves that side open, and
-- several values of one kind mean any of them. Recordings without a date are listed with any dates.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param agents varchar[] : ids of agents
-- param queues varchar[] : queues
-- param statuses varchar[] : statuses
-- param languages varchar[] : languages that are spoken in the call
-- param emotions varchar[] : emotions of the customer; 'none': nothing that the customer says is labelled
-- param call_ids varchar[] : only these calls
-- param calls_of_agents varchar[] : calls of several recordings in which one of the agents took part
-- param calls_of_queues varchar[] : calls of several recordings that went through one of the queues
-- param text varchar : what one of the sentences contains, upper and lower case alike
-- param sort varchar : key of a column of the list (dashboards/call_table/columns.py); calls that lack it come last
-- param sort_metric varchar : the column of call_metrics to sort by, where it is one; else null
-- param descending boolean : whether the largest come first
-- param page integer : which page, from 1
-- param page_size integer : calls per page
--
-- column total : calls that the choice leaves, on all pages
-- column call_id : the call
-- column call_date : its day
-- column started_at : when it began, in the reader's time zone
-- column agent_id : who took it
-- column agent_name : the agent's name
-- column queue : where it came in
-- column duration_s : its length
-- column status : ok, partial, failed, quarantined or pending
-- column engines : engines that made its transcripts
-- column languages : languages that are spoken in it
-- column customer_course : the emotion of each sentence of the customer in the order of time; null: not labelled
-- column match_role : who says the first sentence that contains the text
-- column match_ms : where in the recording that is; null where the transcript has no times
-- column match_text : the whole sentence
with angry as (
    select
        call_id,
        sum(speech_s) as speech_s
    from emotions
    where $sort = 'anger' and role = 'customer' and emotion = 'angry'
    group by call_id
),

heard_in as (
    select
        call_id,
        string_agg(distinct language, ',' order by language) as languages
    from languages
    where $sort = 'languages'
    group by call_id
),

made_by as (
    select
        call_id,
        string_agg(distinct engine, ',' order by engine) as engines
    from transcripts
    where $sort = 'engine'
    group by call_id
),

defective as (
    select
        call_id,
        sum(len(defects)) as defects
    from acoustics
    where $sort = 'defects' and len(defects) > 0
    group by call_id
),

measured as (
    select
        call_id,
        columns(lambda name: name = coalesce($sort_metric, 'duration_s'))::double as figure
    from call_metrics
    where $sort_metric is not null
),

keyed as (
    select
        calls.call_id,
        case $sort
            when 'date' then epoch(coalesce(calls.started_at, calls.call_date::timestamptz))
            when 'length' then calls.duration_s
            when 'anger' then angry.speech_s
            when 'defects' then defective.defects
            else measured.figure
        end as number_key,
        case $sort
            when 'call' then calls.call_id
            when 'agent' then lower(coalesce(calls.agent_name, calls.agent_id))
            when 'queue' then calls.queue
            when 'status' then calls.status
            when 'direction' then calls.direction
            when 'customer' then calls.customer_id
            when 'form' then calls.form
            when 'languages' then heard_in.languages
            when 'engine' then made_by.engines
        end as text_key
    from calls
    left join angry on calls.call_id = angry.call_id
    left join heard_in on calls.call_id = heard_in.call_id
    left join made_by on calls.call_id = made_by.call_id
    left join defective on calls.call_id = defective.call_id
    left join measured on calls.call_id = measured.call_id
    where
        (calls.call_date is null or calls.call_date between $from_date and $to_date)
        and (
            $agents::varchar[] is null
            or list_contains($agents::varchar[], calls.agent_id)
            or list_contains($calls_of_agents::varchar[], calls.call_id)  -- noqa: RF02
        )
        and (
            $queues::varchar[] is null
            or list_contains($queues::varchar[], calls.queue)
            or list_contains($calls_of_queues::varchar[], calls.call_id)  -- noqa: RF02
        )
        and ($statuses::varchar[] is null or list_contains($statuses::varchar[], calls.status))
        and ($call_ids::varchar[] is null or calls.call_id in (select unnest($call_ids::varchar[])))
        and (
            $languages::varchar[] is null
            or calls.call_id in (
                select languages.call_id from languages
                where list_contains($languages::varchar[], languages.language)
            )
        )
        and (
            $emotions::varchar[] is null
            or calls.call_id in (
                select emotions.call_id from emotions
                where emotions.role = 'customer' and list_contains($emotions::varchar[], emotions.emotion)
            )
            or (
                list_contains($emotions::varchar[], 'none')
                and calls.call_id in (
                    select transcripts.call_id from transcripts
                    where
                        transcripts.role = 'customer'
                        and transcripts.sentence_count > 0
                        and transcripts.emotion is null
                )
            )
        )
        and (
            $text::varchar is null
            or calls.call_id in (
                select sentences.call_id from sentences
                where contains(lower(sentences.text), lower($text::varchar))
            )
        )
),

turned as (
    select
        call_id,
        case when $descending then -number_key else number_key end as number_key,
        case when $descending then text_key end as falling_key,
        case when not $descending then text_key end as rising_key
    from keyed
),

counted as (
    select
        count(*) as total,
        $page_size * (least($page, greatest(ceil(count(*) / $page_size)::bigint, 1)) - 1) as calls_before
    from turned
),

page as (
    select
        turned.*,
        counted.total
    from turned cross join counted
    order by
        turned.number_key asc nulls last,
        turned.falling_key desc nulls last,
        turned.rising_key asc nulls last,
        turned.call_id asc
    limit $page_size offset (select earlier.calls_before from counted as earlier)
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
    select
        call_id,
        list(distinct language order by language) as languages
    from languages
    where call_id in (select page.call_id from page)
    group by call_id
),

made as (
    select
        call_id,
        list(distinct engine order by engine) as engines
    from transcripts
    where call_id in (select page.call_id from page)
    group by call_id
),

found as (
    select
        call_id,
        role,
        begin_ms,
        text
    from sentences
    where call_id in (select page.call_id from page) and contains(lower(text), lower($text::varchar))
    qualify row_number() over (partition by call_id order by begin_ms nulls last, role, sentence_id) = 1
)

select
    page.total,
    calls.call_id,
    calls.call_date,
    calls.started_at::timestamp as started_at,
    calls.agent_id,
    calls.agent_name,
    calls.queue,
    calls.duration_s,
    calls.status,
    coalesce(made.engines, []) as engines,
    coalesce(spoken.languages, []) as languages,
    coalesce(heard.customer_course, []) as customer_course,
    found.role as match_role,
    found.begin_ms as match_ms,
    found.text as match_text
from page
inner join calls on page.call_id = calls.call_id
left join heard on page.call_id = heard.call_id
left join spoken on page.call_id = spoken.call_id
left join made on page.call_id = made.call_id
left join found on page.call_id = found.call_id
order by
    page.number_key asc nulls last,
    page.falling_key desc nulls last,
    page.rising_key asc nulls last,
    page.call_id asc
