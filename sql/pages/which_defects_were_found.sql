-- Which defects does the sound have, and what was done about them?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column defect : the defect's name
-- column channels : channels that have it
-- column calls : calls that have it
-- column skipped : channels that were not sent
-- column quarantined : channels of calls that were quarantined
with found as (
    select
        call_id,
        action,
        unnest(defects) as defect
    from acoustics
    where len(defects) > 0 and call_date between $from_date and $to_date
)

select
    defect,
    count(*) as channels,
    count(distinct call_id) as calls,
    count(*) filter (where action like 'skip_%') as skipped,
    count(*) filter (where action = 'quarantine') as quarantined
from found
group by defect
order by calls desc, defect asc
