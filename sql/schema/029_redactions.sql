-- redactions: what is personal in the texts of a call and where its placeholder stands in them, one row per place.
-- Never the value. begin_char and end_char are of the published text of the sentence. A place in the text of a channel
-- that is in none of its sentences has no sentence, no characters and no times.
create table if not exists redactions (
    call_id varchar not null,
    redaction_id integer not null,
    channel_id integer not null,
    role varchar not null check (role in ('agent', 'customer', 'other', 'mixed')),
    call_date date,
    kind varchar not null,
    policy varchar not null check (policy in ('mask', 'last4', 'keep')),
    sentence_id integer,
    begin_char integer,
    end_char integer,
    begin_ms integer,
    end_ms integer,
    detector varchar not null check (detector in ('shape', 'known', 'spoken', 'readback')),
    primary key (call_id, redaction_id)
);
