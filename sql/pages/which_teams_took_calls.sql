-- Which teams and which supervisors' agents took calls, those with the most first?
--
-- Of a call in which several agents took part each is counted.
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column dimension : team or supervisor
-- column key : the team or the supervisor
-- column agents : agents who took them
-- column calls : calls, quarantined ones left out
-- column n : those whose both roles are known with times
with of_people as (
    select
        unnest(['team', 'supervisor']) as dimension,
        unnest([agents.team, agents.supervisor]) as key,
        counts_daily.key as agent_id,
        counts_daily.calls - counts_daily.quarantined as calls,
        counts_daily.both_roles
    from counts_daily
    inner join agents
        on
            counts_daily.key = agents.agent_id
            and coalesce(
                counts_daily.call_date >= agents.valid_from, agents.valid_from is null or agents.valid_to is null
            )
            and coalesce(counts_daily.call_date <= agents.valid_to, agents.valid_to is null)
    where
        counts_daily.dimension = 'agent'
        and counts_daily.calls > counts_daily.quarantined
        and counts_daily.call_date between $from_date and $to_date
)

select
    dimension,
    key,
    count(distinct agent_id) as agents,
    cast(sum(calls) as bigint) as calls,
    cast(sum(both_roles) as bigint) as n
from of_people
where key is not null
group by dimension, key
order by dimension asc, n desc, calls desc, key asc
