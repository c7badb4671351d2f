-- emotion_steps: how often one emotion of the customer followed on another in a call, from one labelled sentence to the
-- next. Read where the steps of many calls are counted: a year of sentences takes seconds to be put in order.
create table if not exists emotion_steps (
    call_date date not null,
    call_id varchar not null,
    emotion varchar not null,
    following varchar not null,
    times integer not null,
    primary key (call_date, call_id, emotion, following)
);

-- steps_of_emotions(): what emotion_steps holds, worked out of sentences.
create or replace macro steps_of_emotions() as table
    select
        call_date,
        call_id,
        emotion,
        following,
        cast(count(*) as integer) as times
    from (
        select
            call_date,
            call_id,
            emotion,
            lead(emotion) over (
                partition by call_date, call_id
                order by begin_ms nulls last, channel_id, sentence_id
            ) as following
        from sentences
        where role = 'customer' and emotion is not null
    ) as labelled
    where following is not null
    group by call_date, call_id, emotion, following;
