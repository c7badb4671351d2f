-- Which evaluations are behind a figure?
--
-- param from_date date : first call date
-- param to_date date : last call date
-- param source varchar : people or machine
-- param picked varchar : drawn (only calls that a plan drew), chosen (only others) or all
-- param plan varchar : only calls that this plan drew; null for all
-- param cards varchar[] : ids of cards; null for all
-- param versions varchar[] : versions of cards; null for all
-- param agents varchar[] : ids of agents; null for all
-- param teams varchar[] : teams; null for all
-- param supervisors varchar[] : supervisors; null for all
-- param queues varchar[] : queues; null for all
-- param evaluators varchar[] : logins; null for all
-- param states varchar[] : states; null for what counts in means
-- param about_question varchar : only evaluations that answered this question; null for all
-- param with_answer varchar : with this option, or not_applicable or cannot_tell; null for any answer
-- param without varchar[] : evaluations that are left out, as something newer is known of them
-- param limit_to bigint : how many at most
--
-- column evaluation_id : the evaluation
-- column call_id : its call
-- column call_date : the call's day
-- column agent_id : the agent
-- column agent_name : the agent's name
-- column team : the team on that day
-- column supervisor : the supervisor on that day
-- column queue : the queue
-- column scorecard_id : the card
-- column scorecard_version : its version
-- column evaluation_type : standard, blind, calibration, dispute or machine
-- column evaluator : the person's login
-- column state : where it stands
-- column score : the score, 0 to 100
-- column score_before_fail : what it would be without an automatic fail
-- column failed_by : questions that failed it
-- column coverage : share of the weight that was answered
-- column reason : why there is no score
-- column submitted_at : when it was submitted
-- column released_at : when it was released
-- column plan : the plan that drew the call
-- column inclusion_probability : of a call that a plan drew
-- column seconds_spent : time spent
-- column total : how many there are
with answering as (
    select evaluation_id
    from evaluation_answers
    where
        question_id = $about_question
        and answer_kind not in ('not_asked', 'unanswered')
        and ($with_answer is null or answer_kind = $with_answer or list_contains(options, $with_answer))
)

select
    evaluation_id,
    call_id,
    call_date,
    agent_id,
    agent_name,
    team,
    supervisor,
    queue,
    scorecard_id,
    scorecard_version,
    evaluation_type,
    evaluator,
    state,
    score,
    score_before_fail,
    failed_by,
    coverage,
    reason,
    submitted_at,
    released_at,
    plan,
    inclusion_probability,
    seconds_spent,
    count(*) over () as total
from evaluations_current
where
    evaluated_by = $source
    and call_date between $from_date and $to_date
    and case when $states is null then counts else list_contains($states::varchar[], state) end
    and ($picked = 'all' or selection = $picked)
    and ($plan is null or plan = $plan)
    and ($cards is null or list_contains($cards::varchar[], scorecard_id))
    and ($versions is null or list_contains($versions::varchar[], scorecard_version))
    and ($agents is null or list_contains($agents::varchar[], agent_id))
    and ($teams is null or list_contains($teams::varchar[], team))
    and ($supervisors is null or list_contains($supervisors::varchar[], supervisor))
    and ($queues is null or list_contains($queues::varchar[], queue))
    and ($evaluators is null or list_contains($evaluators::varchar[], evaluator))
    and not list_contains($without::varchar[], evaluation_id)
    and ($about_question is null or evaluation_id in (select answering.evaluation_id from answering))
order by call_date desc, submitted_at desc, evaluation_id asc
limit $limit_to
