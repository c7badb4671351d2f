-- Which defects does the sound of recordings have?
--
-- column defect : the defect's name
select distinct unnest(defects) as defect
from acoustics
where len(defects) > 0
order by defect
