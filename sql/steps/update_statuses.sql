-- update_statuses: what became of the calls of new_statuses, where that is another thing now.
update calls
set
    status = new_statuses.status,
    status_reason = new_statuses.status_reason,
    status_message = new_statuses.status_message
from new_statuses
where
    calls.call_id = new_statuses.call_id
    and (
        calls.status <> new_statuses.status
        or calls.status_reason is distinct from new_statuses.status_reason
        or calls.status_message is distinct from new_statuses.status_message
    )
