-- Which evaluations are behind schedule?
--
-- Tasks past their time that are not done, the longest first, and evaluations that wait to be released for more than
-- release_days. The answer is as of the snapshot: what was done since is in the inbox of the dashboards.
--
-- param as_of date = null : the day on which one asks; today where none is given
-- param release_days integer = 3 : so many days an evaluation may wait for its release
-- param who varchar = null : only this evaluator's
--
-- column what : to start, to finish, to decide or to release
-- column who : whose turn it is: the evaluator's login, or who submitted what is to be released; null: nobody's yet
-- column days_late : full days since it was due
-- column due_at : when it was due
-- column call_id : the call
-- column call_date : the day of the call
-- column scorecard_id : the card
-- column task_id : the task; null where there was none
-- column evaluation_id : the evaluation, where it was started
with asking as (
    select coalesce(cast($as_of as date), current_date) as today
),

waiting as (
    select
        case
            when review_tasks.task_kind = 'dispute' then 'to decide'
            when review_tasks.state = 'started' then 'to finish'
            else 'to start'
        end as what,
        review_tasks.assignee as who,
        review_tasks.due_at,
        review_tasks.call_id,
        review_tasks.call_date,
        review_tasks.scorecard_id,
        review_tasks.task_id,
        review_tasks.evaluation_id
    from review_tasks
    where review_tasks.state in ('open', 'started') and review_tasks.due_at is not null
    union all
    select
        'to release' as what,
        evaluations.evaluator as who,
        evaluations.submitted_at + to_days(cast($release_days as integer)) as due_at,
        evaluations.call_id,
        evaluations.call_date,
        evaluations.scorecard_id,
        evaluations.task_id,
        evaluations.evaluation_id
    from evaluations
    where
        evaluations.state = 'submitted'
        and evaluations.evaluation_type not in ('machine', 'calibration')
)

select
    waiting.what,
    waiting.who,
    date_diff('day', cast(waiting.due_at as date), asking.today) as days_late,
    waiting.due_at,
    waiting.call_id,
    waiting.call_date,
    waiting.scorecard_id,
    waiting.task_id,
    waiting.evaluation_id
from waiting
cross join asking
where
    cast(waiting.due_at as date) < asking.today
    and coalesce(waiting.who = $who, $who is null)
order by days_late desc, waiting.due_at asc, waiting.call_id asc
