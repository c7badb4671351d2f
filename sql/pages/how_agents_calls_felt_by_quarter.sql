-- How did customers feel from quarter to quarter of an agent's calls?
--
-- The agents with the most calls.
--
-- param limit integer : agents at most
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column key : the agent's id
-- column name : the agent's name; null where none is known
-- column calls : calls of the agent with labelled speech of the customer
-- column quarter : of the recorded time, 1 to 4
-- column n : calls with labelled speech of the customer in that quarter
-- column mean : their mean valence, -5 to 5
-- column ci_low : lower end of the mean's 95% interval; null below 2 calls
-- column ci_high : upper end of it
with felt as (
    select
        agent_id,
        agent_name,
        customer_valence_q1 as q1,
        customer_valence_q2 as q2,
        customer_valence_q3 as q3,
        customer_valence_q4 as q4
    from agent_calls
    where customer_valence is not null and call_date between $from_date and $to_date
),

most as (
    select
        agent_id,
        max(agent_name) as name,
        count(*) as calls
    from felt
    group by agent_id
    order by calls desc, agent_id asc
    limit $limit
),

long as (
    select
        felt.agent_id,
        unnest([1, 2, 3, 4]) as quarter,
        unnest([felt.q1, felt.q2, felt.q3, felt.q4]) as valence
    from felt
)

select
    most.agent_id as key,
    most.name,
    most.calls,
    long.quarter,
    count(*) as n,
    avg(long.valence) as mean,
    mean - t_95(n) * stddev_samp(long.valence) / sqrt(n) as ci_low,
    mean + t_95(n) * stddev_samp(long.valence) / sqrt(n) as ci_high
from long
inner join most on long.agent_id = most.agent_id
where long.valence is not null
group by most.agent_id, most.name, most.calls, long.quarter
order by most.calls desc, most.agent_id asc, long.quarter asc
