-- see_evaluation_events: what was done to the evaluations that somebody sees.
select whole_evaluation_events.* -- noqa: AM04, RF02
from whole_evaluation_events
inner join evaluations on whole_evaluation_events.evaluation_id = evaluations.evaluation_id
