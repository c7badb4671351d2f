-- how_machines_agree_with_people: how often a machine and people who answered blind gave which answers to a question of
-- a call, one row per card, question, version of the question and pair of answers. Options are by their ids, numbers by
-- their band. times counts calls: of several blind evaluations of a call the answer that was submitted first. What a
-- machine could not tell is no answer of it; retracted and withdrawn evaluations don't count. Of rules only answers by
-- the versions that answered last count: a rule that changed is held against people anew, as the days are run again.
with newest as (
    select
        evaluations.scorecard_id,
        answers.question_id,
        answers.question_version,
        answers.actor,
        max_by(answers.content_hash, answers.answered_at) as content_hash
    from evaluations
    inner join evaluation_answers as answers on evaluations.evaluation_id = answers.evaluation_id
    where evaluations.evaluation_type = 'machine' and answers.source = 'rule'
    group by evaluations.scorecard_id, answers.question_id, answers.question_version, answers.actor
),

by_machines as (
    select
        evaluations.scorecard_id,
        evaluations.call_id,
        answers.question_id,
        answers.question_version,
        case
            when answers.answer_kind = 'not_applicable' then answers.answer_kind
            else array_to_string(answers.options, ', ')
        end as answer
    from evaluations
    inner join evaluation_answers as answers on evaluations.evaluation_id = answers.evaluation_id
    left join newest
        on
            evaluations.scorecard_id = newest.scorecard_id
            and answers.question_id = newest.question_id
            and answers.question_version = newest.question_version
            and answers.actor = newest.actor
    where
        evaluations.evaluation_type = 'machine'
        and (
            answers.source = 'metric'
            or (answers.source = 'rule' and answers.content_hash is not distinct from newest.content_hash)
        )
        and answers.answer_kind in ('options', 'number', 'not_applicable')
    qualify
        row_number() over (
            partition by evaluations.scorecard_id, evaluations.call_id, answers.question_id, answers.question_version
            order by evaluations.created_at desc, evaluations.evaluation_id asc
        ) = 1
),

by_people as (
    select
        evaluations.scorecard_id,
        evaluations.call_id,
        answers.question_id,
        answers.question_version,
        case
            when answers.answer_kind = 'not_applicable' then answers.answer_kind
            else array_to_string(answers.options, ', ')
        end as answer
    from evaluations
    inner join evaluation_answers as answers on evaluations.evaluation_id = answers.evaluation_id
    where
        evaluations.evaluation_type = 'blind'
        and evaluations.state not in ('draft', 'retracted', 'withdrawn')
        and answers.source = 'person'
        and answers.answer_kind in ('options', 'number', 'not_applicable')
        and answers.machine_answer_shown is null
    qualify
        row_number() over (
            partition by evaluations.scorecard_id, evaluations.call_id, answers.question_id, answers.question_version
            order by evaluations.submitted_at asc, evaluations.evaluation_id asc
        ) = 1
)

select
    by_people.scorecard_id,
    by_people.question_id,
    by_people.question_version,
    by_machines.answer as by_machine,
    by_people.answer as by_person,
    count(*) as times
from by_people
inner join by_machines
    on
        by_people.scorecard_id = by_machines.scorecard_id
        and by_people.call_id = by_machines.call_id
        and by_people.question_id = by_machines.question_id
        and by_people.question_version = by_machines.question_version
group by all
order by all
