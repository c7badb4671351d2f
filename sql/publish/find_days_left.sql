-- find_days_left: days that lose a call (those of the table leaving) or a task to the published $days: their marts are
-- no longer right.
select call_date from calls
where call_date is not null and call_id in (select leaving.call_id from leaving)
union
select transcription_tasks.call_date from transcription_tasks
inner join warehouse.transcription_tasks as arriving
    on
        transcription_tasks.recording_id = arriving.recording_id
        and transcription_tasks.call_date <> arriving.call_date
where in_days(arriving.call_date, $days)
