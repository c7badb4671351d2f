"""What of a card another system's form can't say: named, with what it means there."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.machine import Strict
from qa_pipeline.scorecards.names import unique

_FINEST = 1000
"""Points are taken as fractions of at most this denominator."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A form of another system as JSON has it, and sentences on what of the card it lacks or has otherwise."""

    form: Mapping[str, Any]
    notes: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """Sentences on a card, each with its place."""

    said: list[str] = field(default_factory=list)

    def of(self, place: str, said: str) -> None:
        """One sentence, without its full stop."""
        self.said.append(f"{place}: {said}.")


def note_card(card: Card, notes: Notes, system: str) -> None:
    """What no other system's form has of a whole card."""
    if card.min_coverage:
        notes.of(
            "min_coverage", f"{card.min_coverage:g} is not kept: {system} gives a score however little is answered"
        )
    if card.effective_from or card.effective_to:
        days = f"from {card.effective_from or '–'} to {card.effective_to or '–'}"
        notes.of(
            "effective_from, effective_to", f"{days} is not kept: a form of {system} is for days on which it is active"
        )
    if card.most != Card.model_fields["most"].default:
        notes.of("most", f"{card.most:g}% at most is not kept")
    for section in card.sections:
        if section.most is not None:
            notes.of(
                f"section {section.id}", f"most, {section.most:g}% at most, is not kept: a bonus may lift it further"
            )


def note_question(question: Question, notes: Notes, system: str) -> None:
    """What no other system's form has of a question."""
    place = f"question {question.id}"
    if question.comment_below is not None:
        notes.of(
            place, f"comment_below {question.comment_below:g} is not kept: {system} demands no comment by the answer"
        )
    if question.trust is not None:
        notes.of(place, f"trust, {question.trust.value}, is not kept")


def as_written(part: Strict) -> str:
    """A part of a card in one line, without what is so anyway."""
    return json.dumps(part.model_dump(mode="json", by_alias=True, exclude_defaults=True), ensure_ascii=False)


def with_definitions(question: Question) -> str | None:
    """The instructions, with what is said of options below them, as other systems say nothing of options."""
    said = [f"{option.text}: {option.definition}" for option in question.options if option.definition]
    return "\n".join([*([question.instructions] if question.instructions else []), *said]) or None


def whole_numbers(groups: Sequence[Sequence[float]], most: int) -> tuple[list[list[int]], float, bool]:
    """All numbers times one factor, as whole ones whose greatest is `most` at most, the factor, and whether they are
    exact: the smallest factor that makes them so, else the greatest that fits."""
    parts = [[Fraction(each).limit_denominator(_FINEST) for each in group] for group in groups]
    exact = all(math.isclose(part, each) for own, group in zip(parts, groups, strict=True)
                for part, each in zip(own, group, strict=True))  # fmt: skip
    factor = Fraction(math.lcm(*(part.denominator for group in parts for part in group)))
    greatest = max((abs(part) for group in parts for part in group), default=Fraction(0))
    if greatest and greatest * factor > most:
        common = math.gcd(*(int(part * factor) for group in parts for part in group))
        factor /= common
    if greatest and greatest * factor > most:
        factor, exact = Fraction(most) / greatest, False
    return [[round(part * factor) for part in group] for group in parts], float(factor), exact


def renamed(wanted: Mapping[str, str], is_right: Callable[[str], bool], kind: str) -> dict[str, str]:
    """Id → the id that another system may have: the wanted one where it takes it and it is free, else a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, (name, own) in enumerate(wanted.items(), 1):
        found[name] = unique(own if is_right(own) and own not in taken else f"{kind}_{number}", taken)
    return found
