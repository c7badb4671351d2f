-- What a snapshot says of costs_daily and its columns.
comment on table costs_daily is 'What a day''s channels cost by model and engine, and which cost nothing.';
comment on column costs_daily.call_date is 'day of the calls, in QA_TIMEZONE';
comment on column costs_daily.model is 'the requested model; none for channels that were not sent to a model';
comment on column costs_daily.engine is
'who transcribed, or why nothing was paid: import <kind>, none (silent channel) or none (copy of the other channel)';
comment on column costs_daily.channels is 'number of channels';
comment on column costs_daily.skipped_channels is
'channels that were not sent: imported from a file, silent, or a copy of the other channel';
comment on column costs_daily.attempts is 'attempts at transcribing them';
comment on column costs_daily.failed is 'attempts that failed';
comment on column costs_daily.audio_s is 'seconds of the channels, each counted once';
comment on column costs_daily.billed_s is 'seconds billed';
comment on column costs_daily.cost_usd is 'cost at list price, US dollars';
