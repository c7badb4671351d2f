-- How did customers feel in the first quarter of their calls, and how in the last?
--
-- param mild double : valence from which on somebody feels good, and below whose opposite bad
-- param queues varchar[] : only calls of these queues; null for all
-- param teams varchar[] : only calls whose agent was in one of these teams; null for all
-- param supervisors varchar[] : only calls whose agent had one of these supervisors; null for all
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column began : negative, neutral or positive: the valence of the first quarter
-- column ended : the same of the last quarter
-- column calls : calls with labelled speech of the customer in both
with of_people as (
    select call_id from call_agents
    where
        call_date between $from_date and $to_date
        and ($teams::varchar[] is null or list_contains($teams::varchar[], team))
        and ($supervisors::varchar[] is null or list_contains($supervisors::varchar[], supervisor))
),

felt as (
    select
        call_metrics.customer_valence_q1 as first_quarter,
        call_metrics.customer_valence_q4 as last_quarter
    from call_metrics
    inner join calls on call_metrics.call_id = calls.call_id
    where
        call_metrics.call_date between $from_date and $to_date
        and calls.status <> 'quarantined'
        and ($queues::varchar[] is null or list_contains($queues::varchar[], calls.queue))
        and (
            ($teams::varchar[] is null and $supervisors::varchar[] is null)  -- noqa: RF02
            or calls.call_id in (select of_people.call_id from of_people)
        )
        and call_metrics.customer_valence_q1 is not null
        and call_metrics.customer_valence_q4 is not null
)

select
    case
        when first_quarter <= -$mild then 'negative'
        when first_quarter >= $mild then 'positive'
        else 'neutral'
    end as began,
    case
        when last_quarter <= -$mild then 'negative'
        when last_quarter >= $mild then 'positive'
        else 'neutral'
    end as ended,
    count(*) as calls
from felt
group by began, ended
order by began, ended
