-- How did customers feel from quarter to quarter of their calls, by queue and over all?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : all or queue
-- column key : the queue, 'unknown' where none is known; of all it is all
-- column quarter : of the recorded time, 1 to 4
-- column n : calls with labelled speech of the customer in that quarter
-- column mean : their mean valence, -5 to 5
-- column ci_low : lower end of the mean's 95% interval; null below 2 calls
-- column ci_high : upper end of it
with felt as (
    select
        call_metrics.customer_valence_q1 as q1,
        call_metrics.customer_valence_q2 as q2,
        call_metrics.customer_valence_q3 as q3,
        call_metrics.customer_valence_q4 as q4,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where call_metrics.call_date between $from_date and $to_date and calls.status <> 'quarantined'
),

long as (
    select
        queue,
        unnest([1, 2, 3, 4]) as quarter,
        unnest([q1, q2, q3, q4]) as valence
    from felt
)

select
    case grouping(queue) when 1 then 'all' else 'queue' end as dimension,
    coalesce(queue, 'all') as key,
    quarter,
    count(*) as n,
    avg(valence) as mean,
    mean - t_95(n) * stddev_samp(valence) / sqrt(n) as ci_low,
    mean + t_95(n) * stddev_samp(valence) / sqrt(n) as ci_high
from long
where valence is not null
group by grouping sets ((quarter), (queue, quarter))
order by dimension, key, quarter
