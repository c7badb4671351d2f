-- call_groups(days): the calls of `days` without pending ones, once per group that counts them; a call in which several
-- agents took part is in the group of each, with the length of that agent's recordings. key is 'unknown' where the call
-- has none. measured_agent is the agent whose agent_metrics are the call's figures in the group; null: call_metrics.
create or replace macro call_groups(days) as table
    with day_calls as (
        select
            call_date,
            call_id,
            status,
            agent_name,
            duration_s,
            queue
        from calls
        where
            in_days(call_date, days)  -- noqa: RF03
            and status <> 'pending'
    )

    select
        call_date,
        call_id,
        status,
        cast(null as varchar) as agent_name,
        duration_s,
        unnest(['all', 'queue']) as dimension,
        unnest(['all', coalesce(nullif(trim(queue), ''), 'unknown')]) as key,
        cast(null as varchar) as measured_agent
    from day_calls
    union all
    select
        day_calls.call_date,
        day_calls.call_id,
        day_calls.status,
        case when call_agents.agent_id is null then day_calls.agent_name else call_agents.agent_name end as agent_name,
        coalesce(call_agents.audio_s, day_calls.duration_s) as duration_s,
        'agent' as dimension,
        coalesce(call_agents.agent_id, 'unknown') as key,
        case when not call_agents.is_alone then call_agents.agent_id end as measured_agent
    from day_calls
    left join call_agents
        on day_calls.call_id = call_agents.call_id and in_days(call_agents.call_date, days);  -- noqa: RF02

-- counts_daily: how many calls each group had on each day, and what became of them.
-- Do not rank groups in which fewer than minimum_n calls have both roles.
create table if not exists counts_daily (
    call_date date not null,
    dimension varchar not null,
    key varchar not null,
    agent_name varchar,
    calls integer not null,
    ok integer not null,
    partial integer not null,
    failed integer not null,
    quarantined integer not null,
    audio_s double not null,
    defects integer not null,
    escalated integer not null,
    recovered integer not null,
    both_roles integer not null,
    minimum_n integer not null,
    definition_version varchar,
    engine varchar,
    told_by_voice integer
);
-- A database of an earlier version lacks these columns; views and macros name the first.
alter table counts_daily add column if not exists engine varchar;
alter table counts_daily add column if not exists told_by_voice integer;
