"""What a question is known by over versions of its card, and what the bands of a number are called."""

from __future__ import annotations

import hashlib
import json

from qa_pipeline.scorecards.cards import VERSION_DIGITS, Question
from qa_pipeline.scorecards.machine import Range

_HOW_IT_COUNTS = {"weight", "trust", "source_id"}
"""Keys that leave what is asked as it is."""


def question_version(question: Question) -> str:
    """A hash of what is asked and of what can be answered. A trend of its answers goes on where the card changes
    elsewhere, or gives the question another weight, and breaks where this changes."""
    content = question.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_HOW_IT_COUNTS)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]


def band_name(band: Range) -> str:
    """`10-30` from 10 up to, and without, 30; `<10` and `>=30` where a side is open."""
    if band.at_least is None and band.below is None:
        return "any"
    if band.at_least is None:
        return f"<{number_text(band.below or 0)}"
    return f">={number_text(band.at_least)}" if band.below is None else _between(band.at_least, band.below)


def number_text(number: float) -> str:
    """As people write it: no `.0` at the end, and no more digits than a decimal number has."""
    return f"{number:.12g}"


def _between(at_least: float, below: float) -> str:
    return f"{number_text(at_least)}-{number_text(below)}" if at_least >= 0 else f"{at_least:.12g} to {below:.12g}"
