-- Which defects does the sound of recordings have?
--
-- column defect : the defect's name
select distinct unnest(defects) as defect
from acoustics
order by defect
