-- Failing rows: calls of $days marked ok without a transcript of each role, or of both roles together where the
-- parties share a channel.
select
    calls.call_id,
    count(distinct transcripts.role) as parties
from calls
left join transcripts
    on calls.call_id = transcripts.call_id and transcripts.role in ('agent', 'customer')
where
    calls.status = 'ok'
    and coalesce(calls.form, 'stereo') not in ('diarized', 'single')
    and in_days(calls.call_date, $days)
group by calls.call_id
having count(distinct transcripts.role) <> 2
