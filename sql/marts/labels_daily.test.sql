-- Failing rows of emotions_daily and languages_daily for the days in $days: sentences that are counted twice or not at
-- all, shares that do not add up to 1 over what is labelled, more calls than there are.
with said as (
    select
        unnest(['emotions_daily', 'languages_daily']) as mart,
        calls.call_date,
        coalesce(nullif(trim(calls.queue), ''), 'unknown') as queue,
        sentences.role,
        count(*) as sentences,
        count(distinct sentences.call_id) as calls
    from sentences
    inner join calls on sentences.call_id = calls.call_id
    where in_days(calls.call_date, $days) and calls.status not in ('pending', 'quarantined')
    group by calls.call_date, calls.queue, sentences.role
),

day_rows as (
    select 'emotions_daily' as mart, * exclude (emotion) from emotions_daily  -- noqa: AM04, LT09
    where in_days(call_date, $days)
    union all
    select 'languages_daily' as mart, * exclude (language) from languages_daily  -- noqa: AM04, LT09
    where in_days(call_date, $days)
),

counted as (
    select
        mart,
        call_date,
        queue,
        role,
        sum(sentences) as sentences,
        max(calls) as calls,
        sum(share) as share,
        min(share) as smallest_share,
        bool_or(untimed_sentences > sentences) as has_too_many_untimed
    from day_rows
    group by mart, call_date, queue, role
)

select
    mart,
    call_date,
    queue,
    role,
    counted.sentences as found,
    said.sentences as expected,
    counted.share
from counted full outer join said using (mart, call_date, queue, role)  -- noqa: ST07
where
    counted.sentences is distinct from said.sentences
    or counted.calls > said.calls
    or abs(counted.share - 1) > 1e-6
    or counted.smallest_share < 0
    or counted.has_too_many_untimed
