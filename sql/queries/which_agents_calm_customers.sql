-- Which agents calm customers?
--
-- How customers' valence shifted from the first to the last quarter of the call in which they said something labelled:
-- the mean over the agent's calls with its 95 % interval, and how many calls recovered or escalated
-- (docs/metrics.md, Emotions). Few calls say little about anybody: the interval shows how little.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column agent_id : the agent
-- column agent_name : the agent's name
-- column calls : calls with a shift
-- column valence_shift : mean shift, -10 to 10; above 0 customers left happier than they came
-- column ci_low : lower end of its 95 % interval; null below 2 calls
-- column ci_high : upper end of it
-- column recovered : calls that recovered
-- column escalated : calls that escalated
with figures as (
    select
        calls.agent_id,
        calls.agent_name,
        call_metrics.valence_shift,
        call_metrics.recovered,
        call_metrics.escalated
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where
        call_metrics.valence_shift is not null
        and calls.call_date between $from_date and $to_date
        and calls.call_id not in (
            select call_agents.call_id from call_agents
            where not call_agents.is_alone
        )
    union all
    -- of a call with several agents, each has what happened in their own recordings
    select
        agent_metrics.agent_id,
        call_agents.agent_name,
        agent_metrics.valence_shift,
        agent_metrics.recovered,
        agent_metrics.escalated
    from agent_metrics
    inner join call_agents
        on agent_metrics.call_id = call_agents.call_id and agent_metrics.agent_id = call_agents.agent_id
    where agent_metrics.valence_shift is not null and agent_metrics.call_date between $from_date and $to_date
),

shifted as (
    select
        agent_id,
        any_value(agent_name) as agent_name,
        count(*) as calls,
        avg(valence_shift) as mean,
        stddev_samp(valence_shift) as sd,
        count(*) filter (where recovered) as recovered,
        count(*) filter (where escalated) as escalated
    from figures
    group by agent_id
)

select
    agent_id,
    agent_name,
    calls,
    round(mean, 2) as valence_shift,
    round(mean - t_95(calls) * sd / sqrt(calls), 2) as ci_low,
    round(mean + t_95(calls) * sd / sqrt(calls), 2) as ci_high,
    recovered,
    escalated
from shifted
order by mean desc, agent_id asc
