-- What a snapshot says of call_metrics and its columns; of its metrics, qa_pipeline/conversation/catalogue.py says it.
comment on table call_metrics is 'One row per complete call, without quarantined ones; null is not known, never zero.';
comment on column call_metrics.call_id is 'the call';
comment on column call_metrics.call_date is 'day of the call in QA_TIMEZONE; null for recordings without a date';
comment on column call_metrics.loaded_at is 'when the row was written';
