-- How were the questions of a card answered, and how often was an answer overturned?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param card varchar : the card
-- param version varchar : its version
-- param source varchar : people or machine
--
-- column question_id : the question
-- column asked : evaluations in which it was asked
-- column not_applicable : those in which it was answered with N/A
-- column scored : those in which it counted
-- column in_full : those of them that earned all points
-- column seconds : mean time spent on an answer, where it was taken
-- column disputes : decided disputes that were about it
-- column overturned : those of them that ended with another answer, or with another rule
with counted as (
    select evaluation_id
    from evaluations_current
    where
        counts
        and evaluated_by = $source
        and scorecard_id = $card
        and scorecard_version = $version
        and call_date between $from_date and $to_date
),

answered as (
    select
        question_id,
        count(*) filter (where answer_kind not in ('not_asked', 'unanswered')) as asked,
        count(*) filter (where answer_kind = 'not_applicable') as not_applicable,
        count(*) filter (where earned is not null and possible > 0) as scored,
        count(*) filter (where possible > 0 and earned >= possible) as in_full,
        avg(seconds_spent) filter (where seconds_spent > 0 and source = 'person') as seconds
    from evaluation_answers
    where evaluation_id in (select counted.evaluation_id from counted)
    group by question_id
),

decided as (
    select
        evaluation_id,
        superseded_by,
        decision,
        dispute_questions
    from evaluations
    where
        $source = 'people'
        and decision is not null
        and scorecard_id = $card
        and scorecard_version = $version
        and call_date between $from_date and $to_date
),

about as (
    select
        former.question_id,
        decided.decision = 'rule_changed' and len(decided.dispute_questions) > 0
        or later.question_id is not null
        and (
            later.answer_kind is distinct from former.answer_kind
            or later.options is distinct from former.options
            or later.number is distinct from former.number
            or later.answer is distinct from former.answer
        ) as is_overturned
    from decided
    inner join evaluation_answers as former on decided.evaluation_id = former.evaluation_id
    left join evaluation_answers as later
        on decided.superseded_by = later.evaluation_id and former.question_id = later.question_id
    where len(decided.dispute_questions) = 0 or list_contains(decided.dispute_questions, former.question_id)
),

disputed as (
    select
        question_id,
        count(*) as disputes,
        count(*) filter (where is_overturned) as overturned
    from about
    group by question_id
)

select
    coalesce(answered.question_id, disputed.question_id) as question_id,
    coalesce(answered.asked, 0) as asked,
    coalesce(answered.not_applicable, 0) as not_applicable,
    coalesce(answered.scored, 0) as scored,
    coalesce(answered.in_full, 0) as in_full,
    answered.seconds,
    coalesce(disputed.disputes, 0) as disputes,
    coalesce(disputed.overturned, 0) as overturned
from answered
full join disputed on answered.question_id = disputed.question_id
order by question_id
