-- Does the snapshot have what searches look in, folded by today's rules?
--
-- One of an earlier version does not.
--
-- param folding integer : version of the rules
--
-- column folded : whether it does
select exists(
    select 1
    from search_texts
    where folding = $folding
) as folded
