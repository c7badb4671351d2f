-- What of a call's results was not taken as it came?
--
-- param call_id varchar : the call
--
-- column channel_id : the channel
-- column role : who speaks on it
-- column sentence_id : the sentence; null where it is of no single one
-- column field : the field of the result
-- column value : its value, shortened; null where there is none or there were several
-- column action : what was done with it
-- column occurrences : how often
select
    channel_id,
    role,
    sentence_id,
    field,
    value,
    action,
    occurrences
from transcript_remarks
where call_id = $call_id
order by channel_id, remark_id
