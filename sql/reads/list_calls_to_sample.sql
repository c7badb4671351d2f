-- list_calls_to_sample: calls from $from_date to $to_date as sampling plans look at them, one row each. Whose a call of
-- several agents is the call says; agents are all who took part. Team and hired_at are as on the day of the call. The
-- language is what the metadata says, else the one most was spoken in.
with chosen as (
    select
        *, -- noqa: AM04
        nullif(trim(agent_id), '') as its_agent
    from calls
    where call_date between $from_date and $to_date and status in ('ok', 'partial', 'failed')
),

spoken as (
    select
        call_id,
        language,
        sum(coalesce(speech_s, sentence_count)) as amount
    from languages
    where call_date between $from_date and $to_date
    group by call_id, language
),

heard as (
    select
        call_id,
        max_by(language, (amount, language)) as language
    from spoken
    group by call_id
),

unsound as (
    select
        call_id,
        list_sort(list_distinct(flatten(list(defects)))) as defects
    from acoustics
    where call_date between $from_date and $to_date
    group by call_id
),

turned_out as (
    select
        call_id,
        map(list(name order by name), list(value order by name)) as outcomes
    from outcomes
    where call_date between $from_date and $to_date
    group by call_id
),

took_part as (
    select
        call_id,
        list_sort(list(agent_id)) as agents
    from call_agents
    where call_date between $from_date and $to_date
    group by call_id
),

listed as (
    select
        agent_id,
        team,
        hired_at,
        coalesce(valid_from, date '0001-01-01') as since,
        coalesce(valid_to, date '9999-12-31') as until
    from agents
)

select
    chosen.call_id,
    chosen.call_date,
    chosen.status,
    chosen.its_agent as agent_id,
    took_part.agents,
    listed.team,
    listed.hired_at,
    nullif(trim(chosen.queue), '') as queue,
    chosen.direction,
    coalesce(chosen.language, heard.language) as language,
    chosen.duration_s,
    unsound.defects,
    turned_out.outcomes
from chosen
left join heard on chosen.call_id = heard.call_id
left join unsound on chosen.call_id = unsound.call_id
left join turned_out on chosen.call_id = turned_out.call_id
left join took_part on chosen.call_id = took_part.call_id
left join listed
    on
        chosen.its_agent = listed.agent_id
        and chosen.call_date >= listed.since
        and chosen.call_date <= listed.until
order by chosen.call_id
