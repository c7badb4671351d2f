-- By which versions of cards were calls of some days evaluated, and by whom?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column scorecard_id : the card
-- column scorecard_version : its version
-- column title : its title
-- column first_date : day of the first call
-- column evaluations : evaluations by people and machines, those that are not released included
-- column evaluators : logins of people
with found as (
    select
        scorecard_id,
        scorecard_version,
        min(call_date) as first_date,
        count(*) as evaluations,
        list_sort(list(distinct evaluator) filter (where evaluated_by = 'people')) as evaluators
    from evaluations_current
    where call_date between $from_date and $to_date
    group by scorecard_id, scorecard_version
),

titles as (
    select
        scorecard_id,
        scorecard_version,
        any_value(title) as title
    from scorecard_questions
    group by scorecard_id, scorecard_version
)

select
    found.scorecard_id,
    found.scorecard_version,
    coalesce(titles.title, found.scorecard_id) as title,
    found.first_date,
    found.evaluations,
    coalesce(found.evaluators, []) as evaluators
from found
left join titles
    on found.scorecard_id = titles.scorecard_id and found.scorecard_version = titles.scorecard_version
order by found.evaluations desc, found.scorecard_id asc, found.first_date desc, found.scorecard_version asc
