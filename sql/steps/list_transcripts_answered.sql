-- list_transcripts_answered: of the calls $call_ids of the days $days, a hash of the transcript that a machine's answer
-- is about (role, begin, end and text of each sentence by channel and number, as they are stored), and its engines.
with said as (
    select
        call_id,
        sha256(
            string_agg(
                concat_ws(chr(31), channel_id, sentence_id, role, coalesce(begin_ms, -1), coalesce(end_ms, -1), text),
                chr(30) order by channel_id, sentence_id
            )
        ) as transcript_hash
    from sentences
    where in_days(call_date, $days) and call_id in (select unnest($call_ids::varchar[]))
    group by call_id
),

written as (
    select
        call_id,
        string_agg(distinct engine, ', ' order by engine) as engine
    from transcripts
    where in_days(call_date, $days) and call_id in (select unnest($call_ids::varchar[]))
    group by call_id
)

select
    written.call_id,
    said.transcript_hash,
    written.engine
from written
left join said on written.call_id = said.call_id
