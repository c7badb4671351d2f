-- To which reasons and engines can the calls be narrowed, besides what list_filter_choices says?
--
-- One row of lists; a list is null where nothing occurs.
--
-- column reasons : reasons of statuses
-- column engines : engines that made transcripts
select
    (select list(distinct status_reason order by status_reason) from calls) as reasons,
    (select list(distinct engine order by engine) from transcripts) as engines
