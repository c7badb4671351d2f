-- wide_daily(dimension): counts_daily with the means of metrics_daily beside them, one row per day and group.
create or replace macro wide_daily(wanted) as table
    with long as (
        select * from counts_daily left join metrics_daily using (call_date, dimension, key)  -- noqa: AM04, RF02, ST07
        where dimension = wanted  -- noqa: RF02
    )

    select * from long  -- noqa: AM04
    pivot (
        coalesce(first(n), 0) as n, first(mean) as mean, first(sd) as sd, first(unit) as unit,
        first(ci_low) as ci_low, first(ci_high) as ci_high
        for metric in (
            'agent_talk_speed', 'talk_ratio', 'silence_ratio', 'dead_air_s', 'overlap_s', 'agent_interruptions',
            'response_ms_p50', 'customer_valence', 'valence_shift', 'negative_share'
        )
    );

-- calls_daily: how many calls each queue had on each day, what became of them, and how they went.
create or replace view calls_daily as
select
    call_date,
    key as queue,
    columns('^(calls|ok|partial|failed|quarantined|audio_s|defects|escalated|recovered)$'),
    columns('^(talk_ratio|silence_ratio|dead_air_s|overlap_s|response_ms_p50|customer_valence|valence_shift)_[^u]'),
    definition_version,
    engine
from wide_daily('queue');

-- agents_daily: how each agent's calls of a day went.
create or replace view agents_daily as
select
    call_date,
    key as agent_id,
    agent_name,
    calls - quarantined as calls,
    both_roles as n,
    minimum_n,
    both_roles >= minimum_n as is_enough,
    agent_talk_speed_unit,
    columns('^(agent_talk_speed|talk_ratio|agent_interruptions|response_ms_p50)_[^u]'),
    columns('^(customer_valence|valence_shift|negative_share)_[^u]'),
    definition_version,
    engine
from wide_daily('agent')
where calls > quarantined;

-- queues_daily: how agents did in each queue's calls of a day.
create or replace view queues_daily as
select
    call_date,
    key as queue,
    calls - quarantined as calls,
    both_roles as n,
    minimum_n,
    both_roles >= minimum_n as is_enough,
    agent_talk_speed_unit,
    columns('^(agent_talk_speed|talk_ratio|agent_interruptions|response_ms_p50)_[^u]'),
    columns('^(customer_valence|valence_shift|negative_share)_[^u]'),
    definition_version,
    engine
from wide_daily('queue')
where calls > quarantined;
