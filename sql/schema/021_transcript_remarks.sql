-- transcript_remarks: what of a paid result was not taken as it came, one row per channel and kind of odd value.
create table if not exists transcript_remarks (
    call_id varchar not null,
    channel_id integer not null,
    remark_id integer not null,
    call_date date,
    role varchar not null check (role in ('agent', 'customer', 'other', 'mixed')),
    sentence_id integer,
    field varchar not null,
    value varchar,
    action varchar not null,
    occurrences bigint not null,
    primary key (call_id, channel_id, remark_id)
);
