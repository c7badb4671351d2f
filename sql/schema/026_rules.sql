-- rule_outcomes: what each rule came to in each call, by the rules of the last run of the call's day.
create table if not exists rule_outcomes (
    call_id varchar not null,
    rule_id varchar not null,
    rule_version varchar not null,
    call_date date,
    outcome varchar not null check (outcome in ('hit', 'miss', 'not_applicable', 'not_evaluated')),
    reason varchar,
    hit_count integer not null,
    title varchar not null,
    severity varchar not null,
    needs_review boolean not null,
    loaded_at timestamptz not null,
    primary key (call_id, rule_id, rule_version)
);

-- rule_hits: the evidence of rules, one row per place. Where something is missing there is no sentence.
create table if not exists rule_hits (
    call_id varchar not null,
    rule_id varchar not null,
    rule_version varchar not null,
    hit_id integer not null,
    call_date date,
    outcome varchar not null,
    role varchar not null,
    channel_id integer,
    sentence_id integer,
    begin_char integer,
    last_sentence_id integer,
    end_char integer,
    begin_ms integer,
    end_ms integer,
    evidence varchar not null,
    primary key (call_id, rule_id, rule_version, hit_id)
);

-- rules_daily: how often each rule was met in each group's calls of a day. hit_rate is hits ÷ (hits + misses), with
-- Wilson's 95 % interval; null where nothing was evaluated.
create table if not exists rules_daily (
    call_date date not null,
    dimension varchar not null,
    key varchar not null,
    rule_id varchar not null,
    rule_version varchar not null,
    title varchar not null,
    severity varchar not null,
    calls integer not null,
    hits integer not null,
    misses integer not null,
    not_applicable integer not null,
    not_evaluated integer not null,
    hit_rate double,
    ci_low double,
    ci_high double
);
