-- How did several people score the same calls?
--
-- One row per call and evaluator, of calls that two people or more have scored by the same version of the card; of
-- several evaluations of a call by one person the first that was submitted.
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param card varchar : the card
-- param version varchar : its version
--
-- column call_id : the call
-- column evaluator : the person's login
-- column score : the score, 0 to 100
with firsts as (
    select
        call_id,
        evaluator,
        score
    from evaluations
    where
        evaluation_type in ('standard', 'blind', 'calibration')
        and state not in ('draft', 'withdrawn')
        and scorecard_id = $card
        and scorecard_version = $version
        and call_date between $from_date and $to_date
    qualify row_number() over (partition by call_id, evaluator order by submitted_at asc, evaluation_id asc) = 1
)

select
    call_id,
    evaluator,
    score
from firsts
where score is not null
qualify count(*) over (partition by call_id) > 1
order by call_id, evaluator
