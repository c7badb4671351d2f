-- Which calls of several recordings had one of these agents, teams and supervisors, or queues, in any recording?
--
-- param agents varchar[] : ids of agents; null: none
-- param queues varchar[] : queues; null: none
-- param teams varchar[] : teams; null: all
-- param supervisors varchar[] : supervisors of the same agents; null: all
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column call_id : the call
-- column by_agent : whether one of the agents took part
-- column by_people : whether an agent of one of the teams and one of the supervisors took part
-- column by_queue : whether it went through one of the queues
select
    call_channels.call_id,
    coalesce(bool_or(list_contains($agents::varchar[], call_channels.agent_id)), false) as by_agent,
    coalesce(
        bool_or(
            ($teams::varchar[] is null or list_contains($teams::varchar[], agents.team))  -- noqa: RF02
            and (
                $supervisors::varchar[] is null  -- noqa: RF02
                or list_contains($supervisors::varchar[], agents.supervisor)  -- noqa: RF02
            )
        ),
        false
    ) and ($teams::varchar[] is not null or $supervisors::varchar[] is not null) as by_people,  -- noqa: RF02
    coalesce(bool_or(list_contains($queues::varchar[], call_channels.queue)), false) as by_queue
from call_channels
inner join calls on call_channels.call_id = calls.call_id
left join agents
    on
        trim(call_channels.agent_id) = agents.agent_id
        and coalesce(calls.call_date, date '9999-12-31') >= coalesce(agents.valid_from, date '0001-01-01')
        and coalesce(calls.call_date, date '9999-12-31') <= coalesce(agents.valid_to, date '9999-12-31')
where calls.recordings > 1 and calls.call_date between $from_date and $to_date
group by call_channels.call_id
having by_agent or by_people or by_queue
order by call_channels.call_id
