-- Which agents score best?
--
-- The mean of people's evaluations of each agent's calls with its 95% interval, an automatic fail counting as 0; only
-- what was released. Versions of a card are never put together, and calls that a plan drew are apart from those that
-- somebody chose, and each plan's from other plans': drawn ones are weighted by their inclusion probability, chosen
-- ones say nothing of other calls.
-- Agents whose intervals overlap, directly or through others between them, are one group: they can't be told apart, so
-- there is no order among them. With fewer than 20 evaluations there is no group: an agent who passes 90% of
-- calls comes out at or below one who passes 80% in 36% of months at 4 calls, in 19% at 20, in 8% at 50.
--
-- param scorecard varchar = null : only this card
-- param minimum_n integer = 20 : evaluations with a score below which nobody is ranked; 20 at least
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column scorecard_id : the card
-- column scorecard_version : its version
-- column selection : drawn or chosen
-- column plan : the sampling plan that drew the calls; null for chosen ones
-- column place : 1 for the best group; null with too few evaluations
-- column agent_id : the agent
-- column agent_name : the agent's name, as people.csv has it
-- column n : evaluations with a score
-- column mean : mean score in percent
-- column ci_low : lower end of its 95% interval; null below 2
-- column ci_high : upper end of it
-- column auto_fails : evaluations that something failed automatically
-- column remark : too few, or with how many others the agent can't be told apart
with weighed as (
    select
        *, -- noqa: AM04
        case selection when 'drawn' then 1 / inclusion_probability else 1 end as w
    from evaluations_current
    where
        counts
        and evaluated_by = 'people'
        and score is not null
        and agent_id is not null
        and call_date between $from_date and $to_date
        and coalesce(scorecard_id = $scorecard, $scorecard is null)
),

summed as (
    select
        scorecard_id,
        scorecard_version,
        selection,
        plan,
        agent_id,
        max_by(agent_name, call_date) as agent_name,
        count(*) as n,
        count(*) filter (where len(failed_by) > 0) as auto_fails,
        min(score) as lowest,
        max(score) as highest,
        sum(w * score) / sum(w) as mean,
        weighted_sd(
            count(*), sum(w), sum(w * w), sum(w * score), sum(w * w * score), sum(w * w * score * score)
        ) as sd
    from weighed
    group by scorecard_id, scorecard_version, selection, plan, agent_id
),

measured as (
    select
        *, -- noqa: AM04
        case
            when n > 1 and lowest = highest then 100 * wilson_low(n * least(mean, 100) / 100, n)
            when n > 1 then greatest(mean - t_95(n) * sd / sqrt(n), 0)
        end as ci_low,
        case
            when n > 1 and lowest = highest then greatest(100 * wilson_high(n * least(mean, 100) / 100, n), highest)
            when n > 1 then least(mean + t_95(n) * sd / sqrt(n), greatest(100, highest))
        end as ci_high
    from summed
),

parted as (
    select
        *, -- noqa: AM04
        coalesce(
            ci_high < min(ci_low) over (
                partition by scorecard_id, scorecard_version, selection, plan
                order by ci_high desc, agent_id asc
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_group
    from measured
    where n >= greatest($minimum_n, 20)
),

grouped as (
    select
        scorecard_id,
        scorecard_version,
        selection,
        plan,
        agent_id,
        count(*) filter (where begins_group) over (
            partition by scorecard_id, scorecard_version, selection, plan
            order by ci_high desc, agent_id asc
        ) as place
    from parted
),

told as (
    select
        *, -- noqa: AM04
        count(*) over (partition by scorecard_id, scorecard_version, selection, plan, place) as members
    from grouped
)

select
    measured.scorecard_id,
    measured.scorecard_version,
    measured.selection,
    measured.plan,
    told.place,
    measured.agent_id,
    measured.agent_name,
    measured.n,
    round(measured.mean, 1) as mean,
    round(measured.ci_low, 1) as ci_low,
    round(measured.ci_high, 1) as ci_high,
    measured.auto_fails,
    case
        when told.place is null then 'too few'
        when told.members > 1 then 'can''t be told apart from ' || (told.members - 1) || ' of the group'
    end as remark
from measured
left join told
    on
        measured.scorecard_id = told.scorecard_id
        and measured.scorecard_version = told.scorecard_version
        and measured.selection = told.selection
        and measured.plan is not distinct from told.plan
        and measured.agent_id = told.agent_id
order by
    measured.scorecard_id asc,
    measured.scorecard_version asc,
    measured.selection asc,
    measured.plan asc nulls first,
    told.place asc nulls last,
    measured.mean desc,
    measured.agent_id asc
