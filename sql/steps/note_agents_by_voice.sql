-- note_agents_by_voice: which of the voices told apart in calls of $days is the agent's, by noted_voices.
update call_voices
set
    agent_voice = noted_voices.agent_voice,
    agent_by = noted_voices.agent_by
from noted_voices
where
    call_voices.call_id = noted_voices.call_id
    and in_days(call_voices.call_date, $days)
    and (
        call_voices.agent_voice is distinct from noted_voices.agent_voice
        or call_voices.agent_by is distinct from noted_voices.agent_by
    )
