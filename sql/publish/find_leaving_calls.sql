-- find_leaving_calls: calls that come under the published $days from another day, or under another id: their old rows
-- must go. The working database is attached as warehouse.
with arriving as (
    select
        call_id,
        recording_id,
        status
    from warehouse.calls
    where status <> 'pending' and (call_date is null or list_contains(cast($days as date[]), call_date))
)

select call_id from arriving
union
select calls.call_id from calls
where
    calls.status <> 'quarantined'
    and calls.recording_id in (
        select arriving.recording_id
        from arriving
        where arriving.status <> 'quarantined'
    )
