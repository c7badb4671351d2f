-- publication: one row per publish; the newest says when this snapshot was made and by which run.
create table if not exists publication (
    published_at timestamptz not null,
    run_id varchar,
    dates date[],
    engine varchar,
    pipeline_version varchar
);
