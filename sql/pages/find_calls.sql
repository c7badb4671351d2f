-- Which calls does a choice leave?
--
-- One page of the list; a page beyond the last one is the last one. A choice that is null leaves that side open, and
-- several values of one kind mean any of them. Everything is looked up within the days.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param undated boolean : instead of the days, recordings without a date
-- param agents varchar[] : ids of agents
-- param queues varchar[] : queues
-- param teams varchar[] : teams, of which one of the agents was in one on the day of the call
-- param supervisors varchar[] : the same of supervisors, as people.csv writes them
-- param statuses varchar[] : statuses
-- param directions varchar[] : inbound, outbound, internal
-- param reasons varchar[] : reasons of statuses
-- param engines varchar[] : engines of which one made a transcript
-- param languages varchar[] : languages that are spoken in the call
-- param emotions varchar[] : emotions of the customer; 'none': nothing that the customer says is labelled
-- param courses varchar[] : courses of the customer's emotions, as docs/metrics.md defines them
-- param steps varchar[] : steps of the customer's emotions from one labelled sentence to the next, such as angry-happy
-- param shares struct[] : name, low, high: emotions and their shares of the customer's labelled speech; each must hold
-- param length_low double : shortest length, s
-- param length_high double : greatest length, s
-- param call_ids varchar[] : only these calls
-- param calls_of_agents varchar[] : calls of several recordings in which one of the agents took part
-- param calls_of_queues varchar[] : calls of several recordings that went through one of the queues
-- param calls_of_people varchar[] : calls of several recordings in which one of the teams and supervisors took part
-- param rules varchar[] : rules with what they come to, such as greeting:miss
-- param each_rule varchar[] : the same; each of them must hold
-- param terms struct[] : bit, needle, role, id_prefix, agents, rule, outcome: terms of a search; the needle is what
--     search_texts contain, empty where ids alone matter, the agents are those whose names begin with the term, and a
--     term that is about a rule has its id in lower case and what it comes to
-- param told struct[] : call_id, bits: which terms calls say, where the snapshot has no search_texts
-- param accepted boolean[] : whether a call is found in which exactly the terms of a set are found, by its bits
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
-- column agent_name : the agent's name, as people.csv has it on that day, else as the call has it
-- column team : the agent's team on that day
-- column supervisor : the agent's supervisor on that day, by name where people.csv has one
-- column queue : where it came in
-- column duration_s : its length
-- column status : ok, partial, failed, quarantined or pending
with terms as (
    select
        unnest(
            $terms::struct(
                bit integer,
                needle varchar,
                role varchar,
                id_prefix varchar,
                agents varchar[],
                "rule" varchar,
                outcome varchar
            )[]
        ) as term
),

wanted_shares as (
    select unnest($shares::struct("name" varchar, low double, high double)[]) as share
),

felt as (
    select
        call_id,
        emotion,
        sum(coalesce(speech_s, sentence_count)) as amount
    from emotions
    where
        len($shares::struct("name" varchar, low double, high double)[]) > 0
        and call_date between $from_date and $to_date
        and role = 'customer'
    group by call_id, emotion
),

labelled as (
    select
        call_id,
        sum(amount) as amount
    from felt
    group by call_id
),

sharing as (
    select labelled.call_id
    from labelled
    cross join wanted_shares
    left join felt on labelled.call_id = felt.call_id and wanted_shares.share.name = felt.emotion
    group by labelled.call_id
    having
        bool_and(
            coalesce(felt.amount, 0) / labelled.amount
            between coalesce(wanted_shares.share.low, 0) and coalesce(wanted_shares.share.high, 1)
        )
),

ends as (
    select
        call_id,
        arg_min(emotion, (begin_ms, sentence_id)) as first_emotion,
        arg_max(emotion, (begin_ms, sentence_id)) as last_emotion
    from sentences
    where
        list_has_any($courses::varchar[], ['began_angry', 'ended_angry'])
        and call_date between $from_date and $to_date
        and role = 'customer'
        and emotion is not null
        and begin_ms is not null
    group by call_id
),

going as (
    select call_id
    from call_metrics
    where
        call_date between $from_date and $to_date
        and (
            list_contains($courses::varchar[], trajectory)
            or (escalated and list_contains($courses::varchar[], 'turned_angry'))
            or (recovered and list_contains($courses::varchar[], 'recovered'))
        )
    union all
    select call_id
    from ends
    where
        (first_emotion = 'angry' and list_contains($courses::varchar[], 'began_angry'))
        or (last_emotion = 'angry' and list_contains($courses::varchar[], 'ended_angry'))
),

stepping as (
    select call_id
    from emotion_steps
    where
        len($steps::varchar[]) > 0
        and call_date between $from_date and $to_date
        and list_contains($steps::varchar[], emotion || '-' || following)
),

ruled as (
    select call_id
    from rule_outcomes
    where
        call_date between $from_date and $to_date
        and list_contains($rules::varchar[], rule_id || ':' || outcome)
),

ruled_by_each as (
    select call_id
    from rule_outcomes
    where
        call_date between $from_date and $to_date
        and list_contains($each_rule::varchar[], rule_id || ':' || outcome)
    group by call_id
    having count(distinct rule_id || ':' || outcome) = len($each_rule::varchar[])  -- noqa: RF02
),

leads as (
    select
        agent_id,
        max_by(name, coalesce(valid_from, date '0001-01-01')) as name
    from agents
    where name is not null
    group by agent_id
),

listed as (
    select
        calls.*,
        agents.name as listed_name,
        agents.team,
        agents.supervisor,
        coalesce(leads.name, agents.supervisor) as supervisor_name
    from calls
    left join agents
        on
            trim(calls.agent_id) = agents.agent_id
            and coalesce(calls.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
            and coalesce(calls.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
    left join leads on agents.supervisor = leads.agent_id
),

chosen as (
    select
        calls.call_id,
        calls.call_date,
        calls.started_at,
        calls.agent_id,
        coalesce(calls.listed_name, calls.agent_name) as agent_name,
        calls.team,
        calls.supervisor_name,
        calls.customer_id,
        calls.queue,
        calls.duration_s,
        calls.status,
        calls.direction,
        calls.form
    from listed as calls
    where
        case when $undated then calls.call_date is null else calls.call_date between $from_date and $to_date end
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
        and (
            (
                ($teams::varchar[] is null or list_contains($teams::varchar[], calls.team))
                and ($supervisors::varchar[] is null or list_contains($supervisors::varchar[], calls.supervisor))
            )
            or list_contains($calls_of_people::varchar[], calls.call_id)  -- noqa: RF02
        )
        and ($statuses::varchar[] is null or list_contains($statuses::varchar[], calls.status))
        and ($directions::varchar[] is null or list_contains($directions::varchar[], calls.direction))
        and ($reasons::varchar[] is null or list_contains($reasons::varchar[], calls.status_reason))
        and ($length_low::double is null or calls.duration_s >= $length_low)
        and ($length_high::double is null or calls.duration_s <= $length_high)
        and ($call_ids::varchar[] is null or calls.call_id in (select unnest($call_ids::varchar[])))
        and (
            $languages::varchar[] is null
            or calls.call_id in (
                select languages.call_id from languages
                where
                    languages.call_date between $from_date and $to_date
                    and list_contains($languages::varchar[], languages.language)
            )
        )
        and (
            $engines::varchar[] is null
            or calls.call_id in (
                select transcripts.call_id from transcripts
                where
                    transcripts.call_date between $from_date and $to_date
                    and list_contains($engines::varchar[], transcripts.engine)  -- noqa: RF02
            )
        )
        and (
            $emotions::varchar[] is null
            or calls.call_id in (
                select emotions.call_id from emotions
                where
                    emotions.call_date between $from_date and $to_date
                    and emotions.role = 'customer'
                    and list_contains($emotions::varchar[], emotions.emotion)
            )
            or (
                list_contains($emotions::varchar[], 'none')
                and calls.call_id in (
                    select transcripts.call_id from transcripts
                    where
                        list_contains($emotions::varchar[], 'none')  -- else they are read all the same
                        and transcripts.call_date between $from_date and $to_date
                        and transcripts.role = 'customer'
                        and transcripts.sentence_count > 0
                        and transcripts.emotion is null
                )
            )
        )
        and ($courses::varchar[] is null or calls.call_id in (select going.call_id from going))
        and ($steps::varchar[] is null or calls.call_id in (select stepping.call_id from stepping))
        and ($rules::varchar[] is null or calls.call_id in (select ruled.call_id from ruled))
        and ($each_rule::varchar[] is null or calls.call_id in (select ruled_by_each.call_id from ruled_by_each))
        and (
            coalesce(len($shares::struct("name" varchar, low double, high double)[]), 0) = 0
            or calls.call_id in (select sharing.call_id from sharing)
        )
        /* conditions on metrics */
),

angry as (
    select
        call_id,
        sum(speech_s) as speech_s
    from emotions
    where $sort = 'anger' and call_date between $from_date and $to_date and role = 'customer' and emotion = 'angry'
    group by call_id
),

heard_in as (
    select
        call_id,
        string_agg(distinct language, ',' order by language) as languages
    from languages
    where $sort = 'languages' and call_date between $from_date and $to_date
    group by call_id
),

made_by as (
    select
        call_id,
        string_agg(distinct engine, ',' order by engine) as engines
    from transcripts
    where $sort = 'engine' and call_date between $from_date and $to_date
    group by call_id
),

defective as (
    select
        call_id,
        sum(len(defects)) as defects
    from acoustics
    where
        $sort = 'defects'
        and (call_date is null or call_date between $from_date and $to_date)
        and len(defects) > 0
    group by call_id
),

told_of as (
    select
        call_id,
        string_agg(name || ' ' || value, ',' order by name) as outcomes
    from outcomes
    where $sort = 'outcomes' and call_date between $from_date and $to_date
    group by call_id
),

repeated as (
    select
        call_id,
        repeat_call_within_7_days::integer as figure
    from repeats_between($from_date, $to_date)
    where $sort = 'repeat'
),

judged as (
    select
        call_id,
        count(*) filter (where outcome = case $sort when 'rules_hit' then 'hit' else 'miss' end) as rules
    from rule_outcomes
    where $sort in ('rules_hit', 'rules_missed') and call_date between $from_date and $to_date
    group by call_id
),

measured as (
    select
        call_id,
        columns(lambda name: name = coalesce($sort_metric, 'duration_s'))::double as figure
    from call_metrics
    where $sort_metric is not null and call_date between $from_date and $to_date
),

saying as (
    select
        search_texts.call_id,
        terms.term.bit
    from search_texts cross join terms
    where
        -- what begins with a blank, which is everywhere, is sought without it first: half the time
        contains(search_texts.body, trim(terms.term.needle))
        and (not starts_with(terms.term.needle, ' ') or contains(search_texts.body, terms.term.needle))
        and (terms.term.role is null or terms.term.role = search_texts.role)
        and search_texts.call_date between $from_date and $to_date
        and not $undated  -- noqa: RF02
        and coalesce(len($terms::struct(bit integer)[]), 0) > 0  -- noqa: RF02
        and terms.term.needle <> ''
),

coming_to as (
    select
        rule_outcomes.call_id,
        terms.term.bit
    from rule_outcomes
    inner join terms
        on lower(rule_outcomes.rule_id) = terms.term.rule and rule_outcomes.outcome = terms.term.outcome
    where rule_outcomes.call_date between $from_date and $to_date and not $undated  -- noqa: RF02
),

named as (
    select
        chosen.call_id,
        terms.term.bit
    from chosen cross join terms
    where
        starts_with(lower(chosen.call_id), terms.term.id_prefix)
        or starts_with(lower(chosen.customer_id), terms.term.id_prefix)
        or starts_with(
            translate(lower(chosen.customer_id), ' ()/.-+', ''),
            nullif(translate(terms.term.id_prefix, ' ()/.-+', ''), '')
        )
        or list_contains(terms.term.agents, chosen.agent_id)
),

told as (
    select unnest($told::struct(call_id varchar, bits bigint)[]) as said
),

matched as (
    select
        either.call_id,
        bit_or(either.bits) as bits
    from (
        select
            saying.call_id,
            1::bigint << saying.bit as bits
        from saying
        union all
        select
            named.call_id,
            1::bigint << named.bit as bits
        from named
        union all
        select
            coming_to.call_id,
            1::bigint << coming_to.bit as bits
        from coming_to
        union all
        select
            told.said.call_id,
            told.said.bits
        from told
    ) as either
    group by either.call_id
),

keyed as (
    select
        chosen.call_id,
        case $sort
            when 'date' then epoch(coalesce(chosen.started_at, chosen.call_date::timestamptz))
            when 'length' then chosen.duration_s
            when 'anger' then angry.speech_s
            when 'defects' then defective.defects
            when 'repeat' then repeated.figure
            when 'rules_hit' then judged.rules
            when 'rules_missed' then judged.rules
            else measured.figure
        end as number_key,
        case $sort
            when 'call' then chosen.call_id
            when 'agent' then lower(coalesce(chosen.agent_name, chosen.agent_id))
            when 'team' then chosen.team
            when 'supervisor' then chosen.supervisor_name
            when 'queue' then chosen.queue
            when 'status' then chosen.status
            when 'direction' then chosen.direction
            when 'customer' then chosen.customer_id
            when 'form' then chosen.form
            when 'languages' then heard_in.languages
            when 'engine' then made_by.engines
            when 'outcomes' then told_of.outcomes
        end as text_key
    from chosen
    left join angry on chosen.call_id = angry.call_id
    left join heard_in on chosen.call_id = heard_in.call_id
    left join made_by on chosen.call_id = made_by.call_id
    left join defective on chosen.call_id = defective.call_id
    left join measured on chosen.call_id = measured.call_id
    left join told_of on chosen.call_id = told_of.call_id
    left join repeated on chosen.call_id = repeated.call_id
    left join judged on chosen.call_id = judged.call_id
    left join matched on chosen.call_id = matched.call_id
    where list_extract($accepted::boolean[], coalesce(matched.bits, 0) + 1)  -- noqa: RF02
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
)

select
    page.total,
    chosen.call_id,
    chosen.call_date,
    chosen.started_at::timestamp as started_at,
    chosen.agent_id,
    chosen.agent_name,
    chosen.team,
    chosen.supervisor_name as supervisor,
    chosen.queue,
    chosen.duration_s,
    chosen.status
from page
inner join chosen on page.call_id = chosen.call_id
order by
    page.number_key asc nulls last,
    page.falling_key desc nulls last,
    page.rising_key asc nulls last,
    page.call_id asc
