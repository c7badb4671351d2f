-- in_days(day, days): whether a day is one of `days`. The bounds let whole blocks of rows of other days be passed over.
create or replace macro in_days(day, days) as
day between list_min(cast(days as date[])) and list_max(cast(days as date[]))
and list_contains(cast(days as date[]), day);
