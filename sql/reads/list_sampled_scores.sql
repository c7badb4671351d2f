-- list_sampled_scores: what was drawn of the plan $plan and the period $period, one row per call, with the scores that
-- stand: of the evaluation made for the sample, and of the machine by the same card. is_blind: whether that evaluation
-- was made without sight of the machine's answers. blind_score: what was given blind at first, also where a dispute put
-- another evaluation in its place. A score that is null: not evaluated yet, or evaluated without one.
with machine as (
    select
        call_id,
        scorecard_id,
        max_by(score, created_at) as score
    from evaluations_current
    where evaluation_type = 'machine' and score is not null
    group by call_id, scorecard_id
),

blind as (
    select
        sample_id,
        score
    from evaluations
    where
        evaluation_type = 'blind'
        and sample_id is not null
        and state not in ('draft', 'withdrawn')
        and (state <> 'retracted' or superseded_by is not null)
    qualify row_number() over (partition by sample_id order by submitted_at asc, evaluation_id asc) = 1
)

select
    sampling_draws.call_id,
    sampling_draws.stratum,
    sampling_draws.is_risk,
    sampling_draws.inclusion_probability,
    sampling_draws.is_blind,
    sampling_draws.blind_probability,
    people.score,
    blind.score as blind_score,
    machine.score as machine_score
from sampling_draws
left join evaluations_current as people
    on sampling_draws.sample_id = people.sample_id and people.evaluation_type <> 'machine'
left join blind on sampling_draws.sample_id = blind.sample_id
left join machine
    on sampling_draws.call_id = machine.call_id and sampling_draws.scorecard_id = machine.scorecard_id
where sampling_draws.plan_id = $plan and sampling_draws.period = $period
order by sampling_draws.random_number, sampling_draws.sample_id
