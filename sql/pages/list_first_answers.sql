-- What did people answer blind, before they saw anybody else's answer?
--
-- One row per question, call and rater; of several evaluations of one call by one person the first that was submitted.
-- An answer stays what it was when a dispute changed the evaluation later. Machines' answers are those to the same
-- calls by the same version of the card.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param card varchar : the card
-- param version varchar : its version
-- param with_machine boolean : answers of machines as well
--
-- column question_id : the question
-- column call_id : the call
-- column rater : the person's login; of a machine's answer, machine
-- column is_machine : whether it is a machine's answer
-- column answer : the option, several of them with + between, not_applicable, cannot_tell, or null for a number
-- column number : the number that was answered
with blind as (
    select
        evaluation_id,
        call_id,
        evaluator as rater,
        false as is_machine
    from evaluations
    where
        evaluation_type in ('blind', 'calibration')
        and state not in ('draft', 'withdrawn')
        and scorecard_id = $card
        and scorecard_version = $version
        and call_date between $from_date and $to_date
    qualify row_number() over (partition by call_id, evaluator order by submitted_at asc, evaluation_id asc) = 1
),

machines as (
    select
        evaluation_id,
        call_id,
        'machine' as rater,
        true as is_machine
    from evaluations
    where
        $with_machine
        and evaluation_type = 'machine'
        and state not in ('draft', 'withdrawn', 'retracted')
        and scorecard_id = $card
        and scorecard_version = $version
        and call_id in (select blind.call_id from blind)
    qualify row_number() over (partition by call_id order by created_at desc, evaluation_id asc) = 1
),

raters as (
    select * from blind -- noqa: AM04
    union all
    select * from machines -- noqa: AM04
)

select
    evaluation_answers.question_id,
    raters.call_id,
    raters.rater,
    raters.is_machine,
    case
        when evaluation_answers.answer_kind = 'options'
            then array_to_string(list_sort(evaluation_answers.options), ' + ')
        when evaluation_answers.answer_kind <> 'number' then evaluation_answers.answer_kind
    end as answer,
    evaluation_answers.number
from raters
inner join evaluation_answers on raters.evaluation_id = evaluation_answers.evaluation_id
where evaluation_answers.answer_kind in ('options', 'number', 'not_applicable', 'cannot_tell')
order by evaluation_answers.question_id, raters.call_id, raters.rater
