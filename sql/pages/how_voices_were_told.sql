-- How were agent and customer of a call told apart, if they are on one channel?
--
-- param call_id varchar : the call
--
-- column form : how it was handed over: stereo, parts, tracks, channels, diarized or single
-- column voices_separation : how far apart the voices of a diarized call are, 0 to 1
-- column voices_unsure : whether agent and customer of a diarized call must not be relied on
-- column voices_unsure_reason : why not
select
    form,
    voices_separation,
    voices_unsure,
    voices_unsure_reason
from calls
where call_id = $call_id
