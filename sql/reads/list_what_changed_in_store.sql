-- list_what_changed_in_store: ids of the evaluations and tasks of published calls that the store of evaluations has
-- otherwise than they are published; of_store has the last row of the store's log of each.
with published as (
    select
        evaluation_id as id,
        log_seq
    from evaluations
    union all
    select
        task_id as id,
        log_seq
    from review_tasks
)

select of_store.id
from of_store
left join published on of_store.id = published.id
where
    of_store.log_seq is distinct from published.log_seq
    and of_store.call_id in (select calls.call_id from calls)
order by of_store.id
