-- turns: both roles' sentences in one order, as docs/metrics.md defines turns, back-channels and interruptions.
-- A call has turns only where both roles were transcribed with times.
create table if not exists turns (
    call_id varchar not null,
    turn_id integer not null,
    call_date date,
    role varchar not null check (role in ('agent', 'customer')),
    channel_id integer not null,
    begin_ms integer not null,
    end_ms integer not null,
    text varchar not null,
    first_sentence_id integer not null,
    last_sentence_id integer not null,
    sentence_count integer not null,
    gap_ms integer,
    overlap_ms integer not null,
    is_backchannel boolean not null,
    interrupts boolean not null,
    interrupted_turn_id integer,
    interruption_ms integer not null,
    primary key (call_id, turn_id)
);
