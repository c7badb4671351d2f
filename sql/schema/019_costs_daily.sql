-- costs_daily: what a day's channels cost by model and engine, and which cost nothing: the engine then says why.
create table if not exists costs_daily (
    call_date date not null,
    model varchar not null,
    engine varchar not null,
    channels integer not null,
    skipped_channels integer not null,
    attempts integer not null,
    failed integer not null,
    audio_s double not null,
    billed_s double not null,
    cost_usd double not null,
    primary key (call_date, model, engine)
);
