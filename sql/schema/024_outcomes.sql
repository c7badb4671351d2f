-- outcomes: what became of a call, as outcomes.csv says: one row per call and outcome. A flag is 1 or 0.
create table if not exists outcomes (
    call_id varchar not null,
    name varchar not null,
    call_date date,
    value double not null,
    is_flag boolean not null,
    source varchar,
    loaded_at timestamptz not null,
    primary key (call_id, name)
);

-- repeats_between(first_date, last_date): whether the customers of the calls of these days called again within seven
-- days, one row per call of a known customer. A call that comes later counts unless it went out or was internal; it is
-- of the next eight days, as clocks may be put back. Null as long as no call is known that began seven days later or
-- after that.
create or replace macro repeats_between(first_date, last_date) as table
    with contacts as (
        select
            call_id,
            call_date,
            coalesce(direction not in ('outbound', 'internal'), true) as is_from_customer,
            nullif(lower(translate(trim(customer_id), ' ()/.-', '')), '') as customer,
            coalesce(started_at, cast(call_date as timestamp) at time zone 'UTC') as began_at
        from calls
        where
            status in ('ok', 'partial', 'failed')
            and call_date between cast(first_date as date) and cast(last_date as date) + 8  -- noqa: RF03
    ),

    known as (
        select * from contacts -- noqa: AM04
        where
            call_date <= cast(last_date as date)  -- noqa: RF03
            and customer is not null
            and customer not in (
                'anonymous', 'unknown', 'restricted', 'private', 'withheld', 'unavailable', '匿名', '未知'
            )
    ),

    from_customers as (
        select
            customer,
            began_at
        from contacts
        where is_from_customer
    ),

    followed as (
        select
            known.call_id,
            known.call_date,
            known.began_at,
            case when later.began_at <= known.began_at + interval 7 day then later.began_at end as repeat_at
        from known
        asof left join from_customers as later
            on known.customer = later.customer and known.began_at < later.began_at
    ),

    newest as (
        select max(coalesce(started_at, cast(call_date as timestamp) at time zone 'UTC')) as began_at
        from calls
        where status in ('ok', 'partial', 'failed') and call_date is not null
    )

    select
        followed.call_id,
        followed.call_date,
        followed.repeat_at,
        case
            when followed.repeat_at is not null then true
            when newest.began_at >= followed.began_at + interval 7 day then false
        end as repeat_call_within_7_days
    from followed
    cross join newest;

-- repeat_calls: the same of all days. It is looked up whenever somebody asks, so it always fits the calls that are
-- there; of some days the macro says it sooner.
create or replace view repeat_calls as
select * from repeats_between(date '0001-01-01', date '9999-12-31');  -- noqa: AM04
