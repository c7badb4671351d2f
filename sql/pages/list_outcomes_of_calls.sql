-- What became of calls, and did their customers call again within seven days?
--
-- param call_ids varchar[] : the calls
-- param first_date date : the first of their days
-- param last_date date : the last of their days
--
-- column call_id : the call
-- column outcomes : its outcomes by name, each with name, value and is_flag; a flag is 1 or 0
-- column repeat_call_within_7_days : whether the customer called again; null while that is not known
with told as (
    select
        call_id,
        list(struct_pack(name := name, value := value, is_flag := is_flag) order by name) as outcomes
    from outcomes
    where list_contains($call_ids::varchar[], call_id)
    group by call_id
),

repeated as (
    select
        call_id,
        repeat_call_within_7_days
    from repeats_between($first_date::date, $last_date::date)
    where list_contains($call_ids::varchar[], call_id)
),

wanted as (
    select unnest($call_ids::varchar[]) as call_id
)

select
    wanted.call_id,
    told.outcomes,
    repeated.repeat_call_within_7_days
from wanted
left join told on wanted.call_id = told.call_id
left join repeated on wanted.call_id = repeated.call_id
