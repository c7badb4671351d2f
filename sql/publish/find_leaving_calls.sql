-- find_leaving_calls: calls that come under the published $days from another day, or under another id, as far as one of
-- their files tells: their old rows must go. The working database is attached as warehouse, and asked for days and for
-- none one by one: so other days are passed over.
with arriving as (
    select
        call_id,
        call_date,
        status
    from warehouse.calls
    where in_days(call_date, $days) and status <> 'pending'
    union all
    select
        call_id,
        call_date,
        status
    from warehouse.calls
    where call_date is null and status <> 'pending'
)

select call_id from arriving
union
select calls.call_id from calls
inner join call_channels on calls.call_id = call_channels.call_id
where
    calls.status <> 'quarantined'
    and call_channels.recording_id in (
        select arriving_channels.recording_id
        from arriving
        inner join warehouse.call_channels as arriving_channels on arriving.call_id = arriving_channels.call_id
        where arriving.status <> 'quarantined' and in_days(arriving_channels.call_date, $days)
    )
