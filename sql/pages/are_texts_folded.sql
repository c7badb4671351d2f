-- Does the snapshot have what searches look in?
--
-- One of an earlier version does not.
--
-- column folded : whether it does
select exists(select 1 from search_texts) as folded
