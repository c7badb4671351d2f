-- find_published_days: the days of the lake with one of the calls $call_ids or recordings $recording_ids; the keys are
-- the hashes of list_keys.
select distinct call_date
from lake.published_keys
where
    key in (
        select md5_number_lower('call ' || unnest(cast($call_ids as varchar[])))
        union all
        select md5_number_lower('recording ' || unnest(cast($recording_ids as varchar[])))
    )
order by call_date
