-- see_evaluation_answers: the answers of evaluations that somebody sees; of those that are there for figures alone
-- without a word of what was said.
select whole_evaluation_answers.* -- noqa: AM04, RF02
from whole_evaluation_answers
inner join evaluations on whole_evaluation_answers.evaluation_id = evaluations.evaluation_id
union all by name
select
    whole_evaluation_answers.* replace ( -- noqa: AM04, RF02
        evaluations.evaluation_id as evaluation_id,
        evaluations.call_id as call_id,
        case
            when whole_evaluation_answers.answer_kind in ('text', 'date') then null else whole_evaluation_answers.answer
        end as answer,
        cast(null as varchar) as actor,
        cast(null as varchar) as comment,
        cast(null as varchar) as reason,
        cast([] as struct(role varchar, sentence_ids integer[], begin_ms integer, end_ms integer)[]) as evidence,
        cast(null as double) as seconds_spent,
        cast(null as varchar) as machine_answer_shown,
        cast(null as timestamptz) as answered_at
    )
from whole_evaluation_answers
cross join seeing
inner join evaluations on sha256(seeing.salt || whole_evaluation_answers.evaluation_id) = evaluations.evaluation_id
