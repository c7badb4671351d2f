-- Which emotion of a customer followed on which, from one labelled sentence to the next?
--
-- find_calls.sql finds the calls of such a step in the same table.
--
-- param queues varchar[] : only calls of these queues; null for all
-- param teams varchar[] : only calls whose agent was in one of these teams; null for all
-- param supervisors varchar[] : only calls whose agent had one of these supervisors; null for all
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column emotion : the earlier sentence's
-- column following : the next sentence's, which may be the same
-- column times : how often
with of_people as (
    select call_id from call_agents
    where
        call_date between $from_date and $to_date
        and ($teams::varchar[] is null or list_contains($teams::varchar[], team))
        and ($supervisors::varchar[] is null or list_contains($supervisors::varchar[], supervisor))
)

select
    emotion,
    following,
    cast(sum(times) as bigint) as times
from emotion_steps
where
    call_date between $from_date and $to_date
    and (
        ($teams::varchar[] is null and $supervisors::varchar[] is null)
        or call_id in (select of_people.call_id from of_people)
    )
    and (
        $queues::varchar[] is null
        or call_id in (
            select calls.call_id from calls
            where list_contains($queues::varchar[], calls.queue)
        )
    )
group by emotion, following
order by emotion, following
