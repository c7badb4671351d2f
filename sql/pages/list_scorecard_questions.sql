-- What does a version of a card ask?
--
-- param card varchar : the card
-- param version varchar : its version
--
-- column question_id : the question
-- column question_version : its version, which stays while nothing of the question changes
-- column section_title : its section
-- column text : what it asks
-- column type : single, several, number, text or date
-- column is_scored : whether its answers count
-- column options : what may be chosen, each with id, text, points and auto_fail
select
    question_id,
    question_version,
    section_title,
    text,
    type,
    is_scored,
    options
from scorecard_questions
where scorecard_id = $card and scorecard_version = $version
order by position
