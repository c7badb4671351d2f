-- When somebody speaks on each channel of the dialogues.
select
    dialogues.dialogue_id,
    channels.channel_id,
    dialogues.duration_s,
    coalesce(list(spoken.begin_ms order by spoken.begin_ms) filter (where spoken.begin_ms is not null), []) as begins,
    coalesce(list(spoken.end_ms order by spoken.begin_ms) filter (where spoken.begin_ms is not null), []) as ends
from dialogues
cross join range(2) as channels (channel_id)
left join dialogue_sentences as spoken
    on dialogues.dialogue_id = spoken.dialogue_id and channels.channel_id = spoken.channel_id
group by all
order by dialogues.dialogue_id, channels.channel_id
