-- Which results have odd values?
--
-- Values of paid results that were not taken as they came, by field and value: each cost itself, the rest of its
-- transcript is kept. action: null (the field is null), clipped, converted, derived, sorted, merged or dropped.
--
-- param from_date date = 1970-01-01 : first call date
-- param to_date date = 2999-12-31 : last call date
--
-- column field : the field of the result
-- column action : what was done
-- column value : the value as the result has it
-- column engine : what made the transcripts
-- column channels : channels with the value
-- column occurrences : how often it was met
-- column calls : their calls, at most ten
select
    remarks.field,
    remarks.action,
    remarks.value,
    transcripts.engine,
    count(*) as channels,
    cast(sum(remarks.occurrences) as bigint) as occurrences,
    list_slice(list(distinct remarks.call_id order by remarks.call_id), 1, 10) as calls
from transcript_remarks as remarks
inner join transcripts
    on remarks.call_id = transcripts.call_id and remarks.channel_id = transcripts.channel_id
where remarks.call_date between $from_date and $to_date
group by remarks.field, remarks.action, remarks.value, transcripts.engine
order by channels desc, remarks.field asc, remarks.action asc, remarks.value asc
