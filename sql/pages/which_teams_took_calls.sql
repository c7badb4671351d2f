-- Which teams and which supervisors' agents took calls, those with the most first?
--
-- A call of several agents counts once for each of their teams and supervisors, also where several of them are of one.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : team or supervisor
-- column key : the team or the supervisor
-- column agents : agents who took them
-- column calls : calls, quarantined ones left out
-- column n : those whose both roles are known with times
with taken as (
    select
        call_agents.call_id,
        call_agents.agent_id,
        unnest(['team', 'supervisor']) as dimension,
        unnest([call_agents.team, call_agents.supervisor]) as key
    from call_agents
    inner join calls on call_agents.call_id = calls.call_id
    where
        calls.status not in ('pending', 'quarantined')
        and calls.call_date between $from_date and $to_date
        and call_agents.call_date between $from_date and $to_date
        and call_agents.is_listed
),

measured as (
    select
        call_id,
        agent_id
    from agent_calls
    where silence_s is not null and call_date between $from_date and $to_date
)

select
    taken.dimension,
    taken.key,
    count(distinct taken.agent_id) as agents,
    count(distinct taken.call_id) as calls,
    count(distinct measured.call_id) as n
from taken
left join measured on taken.call_id = measured.call_id and taken.agent_id = measured.agent_id
where taken.key is not null
group by taken.dimension, taken.key
order by taken.dimension asc, n desc, calls desc, taken.key asc
