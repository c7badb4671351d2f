-- Submitted evaluations of the days in $days without answers, or with neither a score nor a reason why there is none.
select
    evaluations.call_id,
    evaluations.evaluation_id,
    evaluations.state,
    evaluations.score,
    evaluations.reason
from evaluations
where
    in_days(evaluations.call_date, $days)
    and evaluations.state not in ('draft', 'withdrawn')
    and (
        (evaluations.score is null and evaluations.reason is null)
        or evaluations.evaluation_id not in (select evaluation_answers.evaluation_id from evaluation_answers)
    )
