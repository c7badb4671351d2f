-- What became of the calls that earned all points of a question, and of the others that it was scored in?
--
-- Of several evaluations of a call the one that was submitted last counts. That the customer did not call again within
-- seven days is an outcome like those of outcomes.csv, under the name no_repeat_call.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param card varchar : the card
-- param version varchar : its version
-- param source varchar : people or machine
--
-- column question_id : the question
-- column outcome : the outcome
-- column is_flag : whether it is yes or no, 1 or 0
-- column in_full : whether the calls earned all points of the question
-- column value : the value of the outcome
-- column calls : how many calls have it
with counted as (
    select
        evaluation_id,
        call_id
    from evaluations_current
    where
        counts
        and evaluated_by = $source
        and scorecard_id = $card
        and scorecard_version = $version
        and call_date between $from_date and $to_date
    qualify row_number() over (partition by call_id order by submitted_at desc, evaluation_id asc) = 1
),

known as (
    select
        call_id,
        name,
        value,
        is_flag
    from outcomes
    where call_id in (select counted.call_id from counted)
    union all
    select
        call_id,
        'no_repeat_call' as name,
        case when repeat_call_within_7_days then 0.0 else 1.0 end as value,
        true as is_flag
    from repeats_between($from_date, $to_date)
    where repeat_call_within_7_days is not null and call_id in (select counted.call_id from counted)
)

select
    evaluation_answers.question_id,
    known.name as outcome,
    bool_and(known.is_flag) as is_flag,
    evaluation_answers.earned >= evaluation_answers.possible as in_full,
    known.value,
    count(*) as calls
from counted
inner join evaluation_answers on counted.evaluation_id = evaluation_answers.evaluation_id
inner join known on counted.call_id = known.call_id
where evaluation_answers.earned is not null and evaluation_answers.possible > 0
group by evaluation_answers.question_id, known.name, in_full, known.value
order by evaluation_answers.question_id, known.name, in_full, known.value
