-- agents: who the agents are, as people.csv says: one row per agent and period, both of its days included. A move of
-- team is a row of its own, so the calls before it stay with the team before. The whole list is published each time.
create table if not exists agents (
    agent_id varchar not null,
    valid_from date,
    valid_to date,
    name varchar,
    team varchar,
    supervisor varchar,
    hired_at date,
    email varchar,
    loaded_at timestamptz not null
);

-- agent_metrics: the metrics of each agent of a call in which several took part, over the recordings of that agent:
-- from the begin of their first to the end of their last, those of others counted as not recorded.
create table if not exists agent_metrics (
    call_id varchar not null,
    agent_id varchar not null,
    call_date date,
    definition_version varchar not null,
    duration_s double not null,
    unrecorded_s double,
    agent_talk_s double,
    customer_talk_s double,
    talk_ratio double,
    overlap_s double,
    silence_s double,
    silence_ratio double,
    dead_air_s double,
    agent_interruptions integer,
    response_ms_p50 double,
    agent_talk_speed double,
    agent_talk_speed_unit varchar,
    customer_talk_speed_unit varchar,
    customer_valence double,
    valence_shift double,
    negative_share double,
    escalated boolean,
    recovered boolean,
    loaded_at timestamptz not null,
    primary key (call_id, agent_id)
);

-- call_agents: every agent who took part in a call, one row per call and agent: of a call of several recordings those
-- of all of them. is_alone: all recordings are of this agent. Who that was on the day of the call is what agents says.
create or replace view call_agents as
with own as (
    select
        call_channels.call_id,
        call_channels.agent_id,
        max(call_channels.agent_name) as agent_name,
        min(call_channels.segment) as first_segment,
        count(distinct call_channels.segment) as recordings,
        sum(call_channels.duration_s) / count(distinct call_channels.channel_id) as audio_s
    from call_channels
    inner join calls on call_channels.call_id = calls.call_id
    where calls.recordings > 1 and nullif(trim(call_channels.agent_id), '') is not null
    group by call_channels.call_id, call_channels.agent_id
),

took_part as (
    select
        calls.call_id,
        calls.call_date,
        coalesce(calls.call_date, date '9999-12-31') as asked_for,
        trim(coalesce(own.agent_id, calls.agent_id)) as agent_id,
        case when own.agent_id is null then calls.agent_name else own.agent_name end as agent_name,
        coalesce(own.first_segment, 0) as first_segment,
        coalesce(own.recordings, 1) as recordings,
        coalesce(own.recordings = calls.recordings, true) as is_alone,
        coalesce(own.audio_s, calls.duration_s) as audio_s
    from calls
    left join own on calls.call_id = own.call_id
    where nullif(trim(coalesce(own.agent_id, calls.agent_id)), '') is not null
),

-- Days are compared plainly, so that the join is by hashes of ids. Calls without a date are of whoever is there now.
listed as (
    select
        *, -- noqa: AM04
        coalesce(valid_from, date '0001-01-01') as since,
        coalesce(valid_to, date '9999-12-31') as until
    from agents
)

select
    took_part.call_id,
    took_part.call_date,
    took_part.agent_id,
    coalesce(listed.name, took_part.agent_name) as agent_name,
    took_part.first_segment,
    took_part.recordings,
    took_part.is_alone,
    took_part.audio_s,
    listed.team,
    listed.supervisor,
    listed.agent_id is not null as is_listed
from took_part
left join listed
    on
        took_part.agent_id = listed.agent_id
        and took_part.asked_for >= listed.since
        and took_part.asked_for <= listed.until;

-- agent_calls: every agent's calls with the metrics of what was that agent's own: those of the call where no other
-- agent took part, else those of agent_metrics.
create or replace view agent_calls as
with measured as (
    select *, null as agent_id from call_metrics -- noqa: AM04, LT09
    union all by name
    select * from agent_metrics -- noqa: AM04
)

select
    call_agents.call_id,
    call_agents.call_date,
    call_agents.agent_id,
    call_agents.agent_name,
    call_agents.team,
    call_agents.supervisor,
    call_agents.is_alone,
    measured.* exclude (call_id, call_date, agent_id, loaded_at) -- noqa: RF02, AM04
from call_agents
inner join measured
    on
        call_agents.call_id = measured.call_id
        and measured.agent_id is not distinct from case when not call_agents.is_alone then call_agents.agent_id end;
