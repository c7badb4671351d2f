-- Failing rows of emotions_daily for the days in $days: sentences that are counted twice or not at all, shares that
-- do not add up to 1 over what is labelled, more calls than there are.
with said as (
    select
        calls.call_date,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
        sentences.role,
        count(*) as sentences,
        count(distinct sentences.call_id) as calls
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    where list_contains(cast($days as date[]), calls.call_date) and calls.status not in ('pending', 'quarantined')
    group by all
),

counted as (
    select
        call_date,
        queue,
        role,
        sum(sentences) as sentences,
        max(calls) as calls,
        sum(share) as share,
        min(share) as smallest_share,
        bool_or(untimed_sentences > sentences) as has_too_many_untimed
    from emotions_daily
    where list_contains(cast($days as date[]), call_date)
    group by call_date, queue, role
)

select
    call_date,
    queue,
    role,
    counted.sentences as found,
    said.sentences as expected,
    counted.share
from counted full outer join said using (call_date, queue, role)  -- noqa: ST07
where
    counted.sentences is distinct from said.sentences
    or counted.calls > said.calls
    or abs(counted.share - 1) > 1e-6
    or counted.smallest_share < 0
    or counted.has_too_many_untimed
