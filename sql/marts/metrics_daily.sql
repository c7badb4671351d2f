-- metrics_daily: the mean of each metric of the list below over the calls of each group, for the days in $days.
-- Each agent of a call of several has the figures of agent_metrics. n calls have the metric; sd is their standard
-- deviation, ci_low to ci_high the mean's 95 % interval (Student's t).
-- Words and characters per minute can't be averaged: talk speed is that in the unit of most calls.
with figures as (
    unpivot (
        select
            call_id,
            agent_id,
            agent_talk_speed_unit,
            customer_talk_speed_unit,
            columns([
                'agent_talk_speed', 'talk_ratio', 'silence_ratio', 'dead_air_s', 'overlap_s', 'agent_interruptions',
                'response_ms_p50', 'customer_valence', 'valence_shift', 'negative_share',
                'agent_unsure_share', 'customer_unsure_share'
            ])::double
        from (
            select *, null as agent_id from call_metrics -- noqa: AM04, LT09
            union all by name
            select * from agent_metrics -- noqa: AM04
        ) as of_calls_and_agents
        where list_contains($days::date[], call_date)
    )
    on columns(* exclude (call_id, agent_id, agent_talk_speed_unit, customer_talk_speed_unit))
    into name metric value figure
),

measured as (
    select
        call_groups.call_date,
        call_groups.dimension,
        call_groups.key,
        figures.metric,
        case figures.metric
            when 'agent_talk_speed' then figures.agent_talk_speed_unit
            when 'customer_talk_speed' then figures.customer_talk_speed_unit
        end as unit,
        figures.figure
    from call_groups($days) as call_groups
    inner join figures
        on call_groups.call_id = figures.call_id and call_groups.measured_agent is not distinct from figures.agent_id
    where call_groups.status <> 'quarantined'
)

select
    call_date,
    dimension,
    key,
    metric,
    unit,
    count(*) as n,
    round(avg(figure), 6) as mean,
    round(stddev_samp(figure), 6) as sd,
    mean - t_95(n) * sd / sqrt(n) as ci_low,
    mean + t_95(n) * sd / sqrt(n) as ci_high
from measured
group by call_date, dimension, key, metric, unit
qualify row_number() over (partition by call_date, dimension, key, metric order by n desc, unit asc) = 1
