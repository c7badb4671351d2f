-- see_evaluations: evaluations as far as somebody may see them who is not an agent; see own_evaluations.py.
--
-- seeing has one row of that person, blind_calls the calls at whose blind evaluation the person is: of these own ones
-- only. Own ones always; all, of whoever may; of calls that were evaluated by oneself what others have submitted. What
-- else counts in figures is there for these: without the call, and without who said what.
with judged as (
    select
        whole_evaluations.*, -- noqa: AM04, RF02
        case
            when whole_evaluations.evaluator = seeing.login then true
            when whole_evaluations.call_id in (select blind_calls.id from blind_calls) then false
            when seeing.sees_all or whole_evaluations.evaluation_type = 'machine' then true
            when
                seeing.evaluates
                and whole_evaluations.state not in ('draft', 'withdrawn', 'retracted')
                and whole_evaluations.call_id in (
                    select own.call_id from whole_evaluations as own
                    where own.evaluator = seeing.login and own.state not in ('draft', 'withdrawn', 'retracted')
                )
                then true
        end as is_seen,
        seeing.salt
    from whole_evaluations
    cross join seeing
)

select * exclude (is_seen, salt) -- noqa: AM04
from judged
where is_seen
union all by name
select
    * exclude (is_seen, salt) replace ( -- noqa: AM04
        sha256(salt || evaluation_id) as evaluation_id,
        sha256(salt || call_id) as call_id,
        cast(null as varchar) as evaluator,
        cast(null as double) as seconds_spent,
        cast(null as varchar) as supersedes,
        cast(null as varchar) as superseded_by,
        cast(null as varchar) as task_id,
        nullif(split_part(sample_id, '/', 1), '') as sample_id,
        cast(null as varchar) as session_id,
        cast(null as timestamptz) as due_at,
        cast(call_date as timestamptz) as created_at,
        cast(null as timestamptz) as submitted_at,
        cast(call_date as timestamptz) as released_at,
        cast(null as varchar) as released_by,
        cast(null as timestamptz) as acknowledged_at,
        cast(null as timestamptz) as disputed_at,
        cast(null as varchar) as dispute_reason,
        cast(null as timestamptz) as decided_at,
        cast(null as varchar) as decided_by,
        cast(null as varchar) as decision_reason,
        cast(null as bigint) as log_seq
    )
from judged
where
    is_seen is null
    and released_at is not null
    and evaluation_type <> 'calibration'
    and state not in ('draft', 'withdrawn', 'retracted')
