-- Which languages were spoken in an agent's calls, the most spoken first?
--
-- param agent varchar : the agent's id
-- param from_date date : first call date
-- param to_date date : last call date
--
-- column language : the service's code of the language
-- column sentences : sentences in it
-- column speech_s : seconds of speech in it; 0 where no transcript has times
select
    languages.language,
    cast(sum(languages.sentence_count) as bigint) as sentences,
    coalesce(sum(languages.speech_s), 0) as speech_s
from languages
inner join agent_calls on languages.call_id = agent_calls.call_id
where agent_calls.agent_id = $agent and languages.call_date between $from_date and $to_date  -- noqa: RF02
group by languages.language
order by speech_s desc, sentences desc, languages.language asc
