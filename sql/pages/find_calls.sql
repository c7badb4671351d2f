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
-- param text varchar : what one of the sentences contains, upper and lower case alike
-- param sort varchar : date, call, agent, queue, length, anger or status; calls that lack it come last
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
with chosen as (
    select *
    from calls
    where
        (call_date is null or call_date between $from_date and $to_date)
        and ($agents::varchar[] is null or list_contains($agents::varchar[], agent_id))
        and ($queues::varchar[] is null or list_contains($queues::varchar[], queue))
        and ($statuses::varchar[] is null or list_contains($statuses::varchar[], status))
        and ($call_ids::varchar[] is null or call_id in (select unnest($call_ids::varchar[])))
        and (
            $languages::varchar[] is null
            or call_id in (
                select languages.call_id from languages
                where list_contains($languages::varchar[], languages.language)
            )
        )
        and (
            $emotions::varchar[] is null
            or call_id in (
                select emotions.call_id from emotions
                where emotions.role = 'customer' and list_contains($emotions::varchar[], emotions.emotion)
            )
            or (
                list_contains($emotions::varchar[], 'none')
                and call_id in (
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
            or call_id in (
                select sentences.call_id from sentences
                where contains(lower(sentences.text), lower($text::varchar))
            )
        )
),

angry as (
    select
        call_id,
        sum(speech_s) as speech_s
    from emotions
    where $sort = 'anger' and role = 'customer' and emotion = 'angry'
    group by call_id
),

keyed as (
    select
        chosen.call_id,
        case $sort
            when 'date' then epoch(coalesce(chosen.started_at, chosen.call_date::timestamptz))
            when 'length' then chosen.duration_s
            when 'anger' then angry.speech_s
        end as number_key,
        case $sort
            when 'call' then chosen.call_id
            when 'agent' then lower(coalesce(chosen.agent_name, chosen.agent_id))
            when 'queue' then chosen.queue
            when 'status' then chosen.status
        end as text_key
    from chosen
    left join angry on chosen.call_id = angry.call_id
),

placed as (
    select
        call_id,
        count(*) over () as total,
        row_number() over (
            order by
                case when $descending then -number_key else number_key end asc nulls last,
                case when $descending then text_key end desc nulls last,
                text_key asc nulls last,
                call_id asc
        ) as place
    from keyed
),

page as (
    select
        placed.total,
        placed.place,
        chosen.*
    from placed
    inner join chosen on placed.call_id = chosen.call_id
    where ceil(placed.place / $page_size) = least($page, ceil(placed.total / $page_size))
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
    page.call_id,
    page.call_date,
    page.started_at::timestamp as started_at,
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
