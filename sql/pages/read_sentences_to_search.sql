-- What is said in some calls, to search in or to fold into search_texts?
--
-- param call_dates date[] : days of calls
-- param call_ids varchar[] : only these calls; null: all of the days
--
-- column call_id : the call; its sentences follow each other
-- column role : who speaks
-- column channel_id : the channel
-- column sentence_id : number of the sentence on its channel
-- column begin_ms : when it begins; null where the transcript has no times
-- column end_ms : when it ends
-- column text : its words
select
    call_id,
    role,
    channel_id,
    sentence_id,
    begin_ms,
    end_ms,
    text
from sentences
where
    call_date in (select unnest($call_dates::date[]))
    and ($call_ids::varchar[] is null or call_id in (select unnest($call_ids::varchar[])))
order by call_id
