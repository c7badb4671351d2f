-- list_auto_fail_alerts: evaluations of calls from $from_date to $to_date that an answer failed, of the cards
-- $scorecards (null: any), where they count: released to the agent, or made by metrics. title is that of the card.
with titles as (
    select
        scorecard_id,
        scorecard_version,
        any_value(title) as title
    from scorecard_questions
    group by scorecard_id, scorecard_version
)

select
    evaluations_current.evaluation_id,
    evaluations_current.call_id,
    evaluations_current.call_date,
    evaluations_current.scorecard_id,
    coalesce(titles.title, evaluations_current.scorecard_id) as title,
    evaluations_current.evaluated_by,
    nullif(trim(evaluations_current.queue), '') as queue,
    evaluations_current.team,
    evaluations_current.agent_name
from evaluations_current
left join titles
    on
        evaluations_current.scorecard_id = titles.scorecard_id
        and evaluations_current.scorecard_version = titles.scorecard_version
where
    evaluations_current.call_date between $from_date and $to_date
    and evaluations_current.counts
    and len(evaluations_current.failed_by) > 0
    and (
        $scorecards::varchar[] is null -- noqa: RF02
        or list_contains($scorecards::varchar[], evaluations_current.scorecard_id) -- noqa: RF02
    )
order by evaluations_current.call_date, evaluations_current.call_id, evaluations_current.evaluation_id
