-- What a snapshot says of publication and its columns.
comment on table publication is 'One row per publish; the newest says when this snapshot was made.';
comment on column publication.published_at is 'when the snapshot was published';
comment on column publication.run_id is 'id of Dagster''s run';
comment on column publication.dates is 'days that were replaced';
comment on column publication.engine is 'dashscope or local, as the run''s settings say';
comment on column publication.pipeline_version is 'version of the pipeline';
