-- What do metrics and rules answer to a call by a version of a scorecard?
--
-- param call_id varchar : the call
-- param card varchar : the scorecard
-- param version varchar : its version
--
-- column question_id : the question
-- column answer_kind : options, number, or the name of an answer that is no option
-- column options : the options, where it is of these
-- column number : the number, where it is one
-- column source : metric or rule
-- column actor : the metric, or the rules by their ids
-- column title : the title of the rule that decided
-- column evidence : places of the call that the metric counts, or in which the rule is met
with newest as (
    select evaluation_id
    from evaluations
    where
        evaluation_type = 'machine' and call_id = $call_id and scorecard_id = $card and scorecard_version = $version
    order by created_at desc, evaluation_id asc
    limit 1
)

select
    answers.question_id,
    answers.answer_kind,
    answers.options,
    answers.number,
    answers.source,
    answers.actor,
    outcomes.title,
    answers.evidence
from evaluation_answers as answers
inner join newest on answers.evaluation_id = newest.evaluation_id
left join rule_outcomes as outcomes
    on
        answers.source = 'rule'
        and outcomes.call_id = $call_id
        and answers.actor = outcomes.rule_id
        and answers.content_hash = outcomes.rule_version
where answers.source in ('metric', 'rule')
order by answers.position, answers.question_id
