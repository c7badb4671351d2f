-- Which agents calm customers?
--
-- How customers' valence shifted from the first to the last quarter of the call in which they said something labelled:
-- the mean over the agent's calls with its 95% interval, and how many calls recovered or escalated
-- (docs/metrics.md, Emotions). Few calls say little about anybody: the interval shows how little.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column agent_id : the agent
-- column agent_name : the agent's name
-- column calls : calls with a shift
-- column valence_shift : mean shift, -10 to 10; above 0 customers left happier than they came
-- column ci_low : lower end of its 95% interval; null below 2 calls
-- column ci_high : upper end of it
-- column recovered : calls that recovered
-- column escalated : calls that escalated
with shifted as (
    select
        agent_id,
        any_value(agent_name) as agent_name,
        count(*) as calls,
        avg(valence_shift) as mean,
        stddev_samp(valence_shift) as sd,
        count(*) filter (where recovered) as recovered,
        count(*) filter (where escalated) as escalated
    from agent_calls
    where valence_shift is not null and call_date between $from_date and $to_date
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
