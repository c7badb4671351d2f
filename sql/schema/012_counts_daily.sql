-- call_groups(days): the calls of `days` without pending ones, once per group that counts them. A new dimension is one
-- entry in each of the two lists; key is 'unknown' where the call has none.
create or replace macro call_groups(days) as table
    select
        calls.call_date,
        calls.call_id,
        calls.status,
        calls.agent_name,
        calls.duration_s,
        unnest(['all', 'agent', 'queue']) as dimension,
        unnest(
            [
                'all',
                coalesce(nullif(trim(calls.agent_id), ''), 'unknown'),
                coalesce(nullif(trim(calls.queue), ''), 'unknown')
            ]
        ) as key
    from calls
    where
        list_contains(cast(days as date[]), calls.call_date)  -- noqa: RF03
        and calls.status <> 'pending';

-- counts_daily: how many calls each group had on each day, and what became of them.
-- Do not rank groups in which fewer than minimum_n calls have both roles.
create table if not exists counts_daily (
    call_date date not null,
    dimension varchar not null,
    key varchar not null,
    agent_name varchar,
    calls integer not null,
    ok integer not null,
    partial integer not null,
    failed integer not null,
    quarantined integer not null,
    audio_s double not null,
    defects integer not null,
    escalated integer not null,
    recovered integer not null,
    both_roles integer not null,
    minimum_n integer not null,
    definition_version varchar
);
