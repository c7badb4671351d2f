-- search_texts: what was said on each channel of a call, in the form in which searches compare words. Made of sentences
-- when a day is published; the working database has none.
create table if not exists search_texts (
    call_id varchar not null,
    channel_id integer not null,
    call_date date,
    role varchar not null,
    body varchar not null,
    folding integer not null,
    primary key (call_id, channel_id)
);
