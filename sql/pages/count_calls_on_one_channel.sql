-- Of how many calls are both parties on one channel?
--
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column transcribed : calls that were transcribed, all forms
-- column told_by_voice : calls divided by voice, and to be relied on
-- column unsure : calls divided by voice that must not be relied on; in no average that needs the roles
-- column without_roles : calls kept as one text
select
    count(*) as transcribed,
    count(*) filter (where form = 'diarized' and not coalesce(voices_unsure, false)) as told_by_voice,
    count(*) filter (where form = 'diarized' and voices_unsure) as unsure,
    count(*) filter (where form = 'single') as without_roles
from calls
where status in ('ok', 'partial') and call_date between $from_date and $to_date
