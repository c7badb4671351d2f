-- What changed between versions of a card?
--
-- Each version beside the one that was first used before it: questions that came, went, are asked otherwise or count
-- otherwise, and what people scored by each, which is not to be compared: the same calls would have given other scores.
--
-- param scorecard varchar = null : only this card
--
-- column scorecard_id : the card
-- column earlier_version : the version before
-- column later_version : the version
-- column used_from : when the later version was first used
-- column question_id : the question; null for what is of the whole card
-- column change : what changed
-- column before : how it was
-- column after : how it is
with used as (
    select
        scorecard_id,
        scorecard_version,
        min(kept_at) as used_from
    from scorecard_questions
    where coalesce(scorecard_id = $scorecard, $scorecard is null)
    group by scorecard_id, scorecard_version
),

pairs as (
    select
        scorecard_id,
        lag(scorecard_version) over (
            partition by scorecard_id
            order by used_from, scorecard_version
        ) as earlier_version,
        scorecard_version as later_version,
        used_from
    from used
    qualify earlier_version is not null
),

scored as (
    select
        scorecard_id,
        scorecard_version,
        count(score) as n,
        avg(score) as mean
    from evaluations_current
    where counts and evaluated_by = 'people'
    group by scorecard_id, scorecard_version
),

named as (
    select distinct
        pairs.scorecard_id,
        pairs.earlier_version,
        pairs.later_version,
        pairs.used_from,
        questions.question_id
    from pairs
    inner join scorecard_questions as questions
        on
            pairs.scorecard_id = questions.scorecard_id
            and questions.scorecard_version in (pairs.earlier_version, pairs.later_version)
),

compared as (
    select
        named.scorecard_id,
        named.earlier_version,
        named.later_version,
        named.used_from,
        named.question_id,
        earlier.text as earlier_text,
        later.text as later_text,
        earlier.section_title as earlier_section,
        later.section_title as later_section,
        earlier.weight || ' in a section of ' || earlier.section_weight as earlier_weight,
        later.weight || ' in a section of ' || later.section_weight as later_weight,
        case
            when earlier.question_id is null then 'new question'
            when later.question_id is null then 'no longer asked'
            when earlier.question_version <> later.question_version then 'asked or answered otherwise'
            when earlier.weight <> later.weight or earlier.section_weight <> later.section_weight then 'weight'
            when earlier.section_id <> later.section_id then 'section'
        end as change
    from named
    left join scorecard_questions as earlier
        on
            named.scorecard_id = earlier.scorecard_id
            and named.earlier_version = earlier.scorecard_version
            and named.question_id = earlier.question_id
    left join scorecard_questions as later
        on
            named.scorecard_id = later.scorecard_id
            and named.later_version = later.scorecard_version
            and named.question_id = later.question_id
),

told as (
    select
        scorecard_id,
        earlier_version,
        later_version,
        used_from,
        question_id,
        change,
        case change
            when 'weight' then earlier_weight
            when 'section' then earlier_section
            else earlier_text
        end as before,
        case change
            when 'weight' then later_weight
            when 'section' then later_section
            else later_text
        end as after
    from compared
    union all
    select
        pairs.scorecard_id,
        pairs.earlier_version,
        pairs.later_version,
        pairs.used_from,
        null as question_id,
        'mean of people''s scores (not to be compared)' as change,
        round(earlier.mean, 1) || ' (n = ' || earlier.n || ')' as before,
        round(later.mean, 1) || ' (n = ' || later.n || ')' as after
    from pairs
    left join scored as earlier
        on pairs.scorecard_id = earlier.scorecard_id and pairs.earlier_version = earlier.scorecard_version
    left join scored as later
        on pairs.scorecard_id = later.scorecard_id and pairs.later_version = later.scorecard_version
)

select
    scorecard_id,
    earlier_version,
    later_version,
    used_from,
    question_id,
    change,
    before,
    after
from told
where change is not null
order by scorecard_id asc, used_from asc, question_id asc nulls first
