"""Why the store of evaluations refuses something, in the reader's language.

The store says it in English, for commands and logs; here a sentence is known again by its form.
"""

from __future__ import annotations

from qa_pipeline.wording.known_forms import KnownForms
from qa_pipeline.wording.languages import to_translate

FORMS = (
    to_translate("there is no evaluation {id}"),
    to_translate("there is no task {id}"),
    to_translate("you may not see this evaluation"),
    to_translate("your role does not evaluate"),
    to_translate("your role does not include evaluations"),
    to_translate("your role sees no evaluations"),
    to_translate("your role has no tasks"),
    to_translate("nobody evaluates the own call"),
    to_translate("you have a {word} draft of this call; submit or withdraw it first"),
    to_translate("this call is to be evaluated blind, and by you: begin with that"),
    to_translate("you have begun an evaluation of this call that was not blind; somebody else does this"),
    to_translate("this task is somebody else's"),
    to_translate("a dispute is decided, not evaluated"),
    to_translate("this task is done"),
    to_translate("this task is cancelled"),
    to_translate("you see what others answered, so a blind task of nobody is not for you; assign it"),
    to_translate("the task is for the call {id} and the card {card}"),
    to_translate("you have evaluated this call; the second evaluation is somebody else's"),
    to_translate("the card {card} is not for calls of {date}"),
    to_translate("the card {card} has no question {question}"),
    to_translate("a text has at most {most} characters, and this one {number}"),
    to_translate("{question} may not be answered with not_applicable"),
)
"""What the room `reviews` says to somebody at a page."""

_KNOWN = KnownForms(FORMS, {"word": r"\w+", "number": r"[\d,]+", "most": r"[\d,]+"})


def review_fault(said: str) -> str:
    """Why not, for whoever reads; a sentence that is not known here stays as it is."""
    return _KNOWN.in_words(said)
