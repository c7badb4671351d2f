-- The sentences of one day, from which its search_texts are made.
--
-- param day date : the day
--
-- column call_id : the call; its sentences follow each other
-- column role : who speaks
-- column channel_id : the channel
-- column sentence_id : number of the sentence on its channel
-- column begin_ms : when it begins; null where the model gives no times
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
where call_date = $day
order by call_id
