-- list_machine_scores: the machine's scores by the card $scorecard of calls from $from_date to $to_date.
select
    call_id,
    max_by(score, created_at) as score
from evaluations_current
where
    evaluation_type = 'machine'
    and scorecard_id = $scorecard
    and score is not null
    and call_date between $from_date and $to_date
group by call_id
order by call_id
