-- What do metrics answer to a call by a version of a scorecard?
--
-- param evaluation_id varchar : the evaluation that metrics make of the call by it
--
-- column question_id : the question
-- column answer_kind : options, number, or the name of an answer that is no option
-- column options : the options, where it is of these
-- column number : the number, where it is one
-- column metric : the metric that answers it
-- column evidence : places of the call that the metric counts
select
    question_id,
    answer_kind,
    options,
    number,
    actor as metric,
    evidence
from evaluation_answers
where evaluation_id = $evaluation_id and source = 'metric'
order by position, question_id
