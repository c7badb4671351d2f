-- see_review_tasks: tasks as far as somebody may see them who is not an agent: all, of whoever may; of those who
-- evaluate the own ones, and those that are nobody's.
select whole_review_tasks.* -- noqa: AM04, RF02
from whole_review_tasks
cross join seeing
where
    seeing.sees_all
    or (seeing.evaluates and coalesce(whole_review_tasks.assignee = seeing.login, true))
