-- metrics_daily: the mean of each metric over each group's calls of a day. A group without a call that has the metric
-- has no row of it. sd, ci_low and ci_high are null below 2 calls.
create table if not exists metrics_daily (
    call_date date not null,
    dimension varchar not null,
    key varchar not null,
    metric varchar not null,
    unit varchar,
    n integer not null,
    mean double not null,
    sd double,
    ci_low double,
    ci_high double
);
