-- How far was the store of evaluations read for this snapshot?
--
-- column log_seq : number of the last row of its log that is in; no row where nothing was read
-- column read_at : when that was
select
    log_seq,
    read_at
from evaluations_read
