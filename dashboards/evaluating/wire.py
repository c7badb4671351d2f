"""Answers and places of a call as the browser sends and takes them.

{"options": ["yes"]}   {"number": 12}   {"text": "…"}   {"date": "2025-03-31"}   {"none": "not_applicable"}   null
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

from qa_pipeline.reviews.values import Evidence
from qa_pipeline.scorecards.scoring import Given, NoOption
from qa_pipeline.wording.languages import t

Json = Any

LONGEST_TEXT = 4000
"""Characters of a comment, or of an answer in words."""

MOST_EVIDENCE = 100
MOST_SECONDS = 24 * 3600.0
LONGEST_CALL_MS = 7 * 24 * 3600 * 1000


class NotUnderstood(ValueError):
    """What the browser sent is not what the form sends; the message is for the reader."""


def answer_out(answer: Given) -> Json:
    """An answer as the browser takes it."""
    match answer:
        case NoOption.UNANSWERED | NoOption.NOT_ASKED:
            return None
        case NoOption():
            return {"none": answer.value}
        case tuple():
            return {"options": list(answer)}
        case str():
            return {"text": answer}
        case dt.date():
            return {"date": answer.isoformat()}
        case _:
            return {"number": answer}


def answer_in(sent: Json) -> Given:
    """An answer that the browser sent. Whether its question has it is for the card to say.

    Raises:
        NotUnderstood: it is no answer.
    """
    match sent:
        case None:
            return NoOption.UNANSWERED
        case {"none": "not_applicable"}:
            return NoOption.NOT_APPLICABLE
        case {"options": list(options)} if options and all(isinstance(option, str) for option in options):
            return tuple(options)
        case {"number": int() | float() as number} if not isinstance(number, bool) and math.isfinite(number):
            return float(number)
        case {"text": str(text)} if text.strip():
            return text_in(text)
        case {"date": str(text)}:
            return _date(text)
    raise NotUnderstood(t("This is not an answer."))


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(t("This is not a date.")) from None


def text_in(sent: Json) -> str:
    """A text that somebody wrote.

    Raises:
        NotUnderstood: it is none, or too long.
    """
    if sent is None:
        return ""
    if not isinstance(sent, str) or len(sent) > LONGEST_TEXT:
        raise NotUnderstood(t("A text has at most {n} characters.", n=f"{LONGEST_TEXT:,}"))
    return sent.strip()


def seconds_in(sent: Json) -> float:
    """Time that was spent; what can't be one is none."""
    is_number = isinstance(sent, int | float) and not isinstance(sent, bool) and math.isfinite(sent)
    return min(max(float(sent), 0.0), MOST_SECONDS) if is_number else 0.0


def moment_in(sent: Json) -> int | None:
    """A moment of the call in ms, or none.

    Raises:
        NotUnderstood: it is neither.
    """
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, int) or not 0 <= sent <= LONGEST_CALL_MS:
        raise NotUnderstood(t("This is not a moment of a call."))
    return sent


def evidence_in(sent: Json) -> tuple[Evidence, ...]:
    """Places of the call.

    Raises:
        NotUnderstood: one of them is none.
    """
    if not isinstance(sent, list) or len(sent) > MOST_EVIDENCE:
        raise NotUnderstood(t("At most {n} places of a call are evidence of one answer.", n=MOST_EVIDENCE))
    return tuple(_place(each) for each in sent)


def _place(sent: Json) -> Evidence:
    match sent:
        case {"role": str(role), "sentence_ids": list(ids)} if all(_is_id(each) for each in ids):
            return Evidence(role, tuple(ids), moment_in(sent.get("begin_ms")), moment_in(sent.get("end_ms")))
    raise NotUnderstood(t("This is not a place of a call."))


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def evidence_out(evidence: Iterable[Evidence], quotes: Mapping[tuple[str, int], str]) -> list[Json]:
    """Places of the call with what was said there; `quotes` are texts by role and id of the sentence."""
    return [
        {
            "role": each.role,
            "sentence_ids": list(each.sentence_ids),
            "begin_ms": each.begin_ms,
            "end_ms": each.end_ms,
            "quote": " ".join(quotes.get((each.role or "", number), "") for number in each.sentence_ids).strip(),
        }
        for each in evidence
    ]
