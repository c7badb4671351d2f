-- list_similar_call_ids: at most $most ids that look like $call_id (Jaro-Winkler similarity from $near) or contain it,
-- the most similar first.
select call_id
from calls
where
    jaro_winkler_similarity(lower(call_id), lower($call_id)) >= $near
    or contains(lower(call_id), lower($call_id))
order by jaro_winkler_similarity(lower(call_id), lower($call_id)) desc, call_id asc
limit $most
