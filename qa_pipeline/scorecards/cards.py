"""What a scorecard is made of: sections of questions with weights, their options, and when a question is asked.

Weights and points are as the card writes them and are never rounded. Ids of questions stay over versions of a card; the
version is a hash of the content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.scorecards.conditions import Condition
from qa_pipeline.scorecards.machine import (
    CANNOT_TELL,
    NOT_APPLICABLE,
    AnsweredBy,
    Id,
    Range,
    Strict,
    Trust,
)

VERSION_DIGITS = 16

Tag = Literal["customer", "business", "compliance"]
Scope = Literal["card", "section"]


class Scoring(StrEnum):
    """How answers make a score; a card says which, as the same answers give different scores."""

    POINTS = "points"
    """Points earned by points possible."""
    BY_QUESTION = "by_question"
    """The weighted mean of the questions' shares."""
    BY_SECTION = "by_section"
    """The weighted mean of the sections' means, each weighted by its questions."""


class Option(Strict):
    """An answer that can be chosen. `auto_fail` makes the score of the card or of the section 0. Points below 0 take
    away; only questions of several choices have them. `source_id` is its id in the system that the card comes from."""

    id: Id
    text: str
    points: Annotated[float, Field(allow_inf_nan=False)] = 0
    auto_fail: Scope | None = None
    definition: str | None = None
    source_id: str | None = None


class Band(Range):
    """The points that numbers of this range give."""

    points: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    auto_fail: Scope | None = None


class Cap(Strict):
    """How much of what is chosen in a question of several choices counts: `once`, the one choice that gives or takes
    most, however many there are; `each_hit`, every choice. Together they give, and take, at most `points`."""

    scope: Literal["once", "each_hit"]
    points: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.scope == "each_hit" and self.points is None:
            raise ValueError("a cap on each_hit says how many points all hits give or take at most")
        return self

    def of(self, points: Iterable[float]) -> float:
        """What points of one sign, none below 0, come to."""
        found = max(points, default=0) if self.scope == "once" else sum(points)
        return found if self.points is None else min(found, self.points)


class Question(Strict):
    """One behaviour. `points` and `weight` count as the card's scoring says; an `excluded` one is asked and not scored,
    a `bonus` one only adds. `critical` tags make scores of their own. Below `comment_below`, a share of the points from
    0 to 1, a comment is demanded; with `comment_required`, always. One of several choices begins with `base` points, to
    which its choices add, or from which they take, as far as its `cap` lets them. `answered_by` and `trust` say what
    answers it in the pipeline, and how far that counts."""

    id: Id
    text: str
    type: Literal["single", "several", "number", "text", "date"] = "single"
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    options: tuple[Option, ...] = ()
    bands: tuple[Band, ...] = ()
    not_applicable: bool = False
    excluded: bool = False
    bonus: bool = False
    critical: tuple[Tag, ...] = ()
    base: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    cap: Cap | None = None
    comment_below: Annotated[float | None, Field(ge=0, le=1)] = None
    comment_required: bool = False
    asked_when: Condition | None = None
    answered_by: AnsweredBy | None = None
    trust: Trust | None = None
    instructions: str | None = None
    source_id: str | None = None

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        chooses = self.type in ("single", "several")
        if chooses and not self.options:
            raise ValueError(f"a question of the type {self.type} needs options")
        if not chooses and self.options:
            raise ValueError(f"a question of the type {self.type} has no options")
        if (self.type == "number") != bool(self.bands):
            raise ValueError("bands belong to questions of the type number, which need them")
        if len({option.id for option in self.options}) < len(self.options):
            raise ValueError("two of its options have the same id")
        if any(one.holds(edge) for one, edge in self._edges()):
            raise ValueError("two of its bands hold the same number")
        if self.type != "several" and any(option.points < 0 for option in self.options):
            raise ValueError("points below 0 belong to questions of the type several; give auto_fail, or 0")
        if self.type != "several" and (self.base or self.cap):
            raise ValueError("base and cap belong to questions of the type several")
        if self.is_scored and not self.possible:
            raise ValueError("nothing of it gives points; give some, or set excluded")
        return self

    @model_validator(mode="after")
    def _can_be_answered_so(self) -> Self:
        if self.answered_by is None:
            if self.trust is not None:
                raise ValueError("trust is in what answers it in the pipeline: answered_by is missing")
            return self
        if self.answered_by.rules:
            self._can_be_answered_by(self.answered_by)
            return self
        if self.type not in ("number", "single"):
            raise ValueError(f"a metric answers a number or a single choice, not a question of the type {self.type}")
        if (self.type == "single") != bool(self.answered_by.options):
            raise ValueError("options of answered_by belong to a question of a single choice, which needs them")
        known = {option.id for option in self.options}
        if unknown := [each.option for each in self.answered_by.options if each.option not in known]:
            raise ValueError(f"answered_by names the option {unknown[0]}, which it does not have")
        return self

    def _can_be_answered_by(self, rules: AnsweredBy) -> None:
        if self.type != "single":
            raise ValueError(f"rules answer a single choice, not a question of the type {self.type}")
        known = {option.id for option in self.options}
        if unclear := sorted(known & {NOT_APPLICABLE, CANNOT_TELL}):
            raise ValueError(f"its option {unclear[0]} has the name of an answer that is no option; call it otherwise")
        given = [each.answer for each in rules.rules]
        if unknown := [answer for answer in given if answer not in {*known, NOT_APPLICABLE, CANNOT_TELL}]:
            raise ValueError(f"answered_by names the option {unknown[0]}, which it does not have")
        if NOT_APPLICABLE in given and not self.not_applicable:
            raise ValueError("answered_by answers not_applicable, which it may not be: set not_applicable: true")

    def _edges(self) -> Iterator[tuple[Band, float]]:
        """Each band with the beginning of each other one."""
        for place, one in enumerate(self.bands):
            for other in (*self.bands[:place], *self.bands[place + 1 :]):
                yield one, float("-inf") if other.at_least is None else other.at_least

    @property
    def is_scored(self) -> bool:
        """Whether its answers count."""
        return not self.excluded and self.type not in ("text", "date")

    @property
    def possible(self) -> float:
        """The most points that an answer gives; of several choices, the base and all that add to it, up to the cap."""
        if self.type == "several":
            return self.base + self._added(option.points for option in self.options)
        return max([option.points for option in self.options] + [band.points for band in self.bands], default=0)

    def earned(self, chosen: Iterable[str]) -> float:
        """What these options give, from 0 to all that is possible."""
        points = [option.points for option in self.options if option.id in set(chosen)]
        if self.type != "several":
            return float(sum(points))
        found = self.base + self._added(points) - self._added(-each for each in points)
        return min(max(found, 0.0), float(self.possible))

    def _added(self, points: Iterable[float]) -> float:
        added = [each for each in points if each > 0]
        return self.cap.of(added) if self.cap else sum(added)

    @property
    def trusted(self) -> Trust | None:
        """How far what answers it in the pipeline counts; shown only, where the card does not say."""
        return None if self.answered_by is None else self.trust or Trust.ADVISORY


class Section(Strict):
    """Questions that belong together. `weight` counts with scoring by section. Bonus questions lift what it gives to
    `most` percent of its points at best."""

    id: Id
    title: str
    instructions: str | None = None
    most: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    source_id: str | None = None
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Card(Strict):
    """A scorecard. Below `min_coverage` (a share of the weight that was asked) there is no score; bonus questions lift
    a score to `most` percent at best."""

    scorecard: Id
    title: str
    scoring: Scoring
    description: str | None = None
    source_id: str | None = None
    language: str | None = None
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.7
    most: Annotated[float, Field(ge=100, allow_inf_nan=False)] = 100
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        if not any(question.is_scored and not question.bonus for question in self.questions):
            raise ValueError("no question of it is scored")
        return self

    def is_for(self, day: dt.date) -> bool:
        """Whether it is for calls of this day."""
        return (self.effective_from or day) <= day <= (self.effective_to or day)

    @property
    def asks_by_facts(self) -> bool:
        """Whether metrics or metadata of the call decide that something is asked."""
        conditions = [question.asked_when for question in self.questions if question.asked_when is not None]
        return any(part.metric or part.metadata for each in conditions for part in each.parts())

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules that answer its questions, each once."""
        mapped = (question.answered_by for question in self.questions if question.answered_by is not None)
        return tuple(dict.fromkeys(rule_id for answered_by in mapped for rule_id in answered_by.rule_ids))

    @property
    def version(self) -> str:
        """What this content is known by: another one whenever anything in it changes. Keys that have their default are
        no part of it, so that a later version of the program, with more keys, calls it the same."""
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]
