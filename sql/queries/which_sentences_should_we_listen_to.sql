-- Which sentences should we listen to?
--
-- Those that the engine was least sure of, long enough to be heard, and from many calls: of one call at most per_call.
-- Engines that give no confidence are not in it; ask for one engine where several do, for their figures differ.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
-- param most integer = 20 : sentences at most
-- param per_call integer = 2 : sentences of one call at most
-- param min_s double = 1 : shortest sentence, in seconds
-- param role varchar = null : agent or customer; null for everybody
-- param engine varchar = null : what made the transcript, as the column shows it; null for any
--
-- column call_id : the call
-- column call_date : the day of the call
-- column agent_id : who took it
-- column queue : where it came in
-- column role : who said it
-- column begin_s : seconds into the call
-- column length_s : how long it takes
-- column confidence : how sure the engine was, 0 to 1
-- column engine : what made the transcript
-- column said : what it heard
select
    calls.call_id,
    calls.call_date,
    calls.agent_id,
    calls.queue,
    sentences.role,
    round(sentences.begin_ms / 1000.0, 1) as begin_s,
    round((sentences.end_ms - sentences.begin_ms) / 1000.0, 1) as length_s,
    round(sentences.confidence, 2) as confidence,
    transcripts.engine,
    sentences.text as said
from sentences
inner join calls on sentences.call_id = calls.call_id
inner join transcripts
    on sentences.call_id = transcripts.call_id and sentences.channel_id = transcripts.channel_id
where
    sentences.confidence is not null
    and sentences.end_ms - sentences.begin_ms >= $min_s * 1000
    and ($role is null or sentences.role = $role)
    and ($engine is null or transcripts.engine = $engine)
    and calls.call_date between $from_date and $to_date
qualify
    row_number() over (
        partition by calls.call_id
        order by sentences.confidence, sentences.begin_ms, sentences.channel_id, sentences.sentence_id
    ) <= $per_call
order by sentences.confidence, calls.call_date, calls.call_id, sentences.begin_ms, sentences.channel_id
limit $most
