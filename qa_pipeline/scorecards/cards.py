"""What a scorecard is made of: sections of questions with weights, their options, and when a question is asked.

Weights and points are as the card writes them and are never rounded. Ids of questions stay over versions of a card; the
version is a hash of the content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

VERSION_DIGITS = 16

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,79}$")]
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Strict):
    """An answer that can be chosen. `auto_fail` makes the score of the card or of the section 0."""

    id: Id
    text: str
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    auto_fail: Scope | None = None
    definition: str | None = None


class Band(_Strict):
    """Numbers from `at_least` (included) to `below` (not included); a side left out is open."""

    at_least: Annotated[float | None, Field(allow_inf_nan=False)] = None
    below: Annotated[float | None, Field(allow_inf_nan=False)] = None
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    auto_fail: Scope | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError(f"at_least {self.at_least:g} is not smaller than below {self.below:g}")
        return self

    def holds(self, number: float) -> bool:
        """Whether a number is in it."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


class Condition(_Strict):
    """When a question is asked: one of the keys. `question` has one of the options `answers`; `metric` lies from
    `at_least` to `below`; `metadata` (queue, direction, language …) is one of `values`."""

    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    question: Id | None = None
    answers: tuple[Id, ...] | None = None
    metric: Id | None = None
    at_least: float | None = None
    below: float | None = None
    metadata: Id | None = None
    values: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        kinds = [
            name for name in ("all", "any", "not_", "question", "metric", "metadata") if getattr(self, name) is not None
        ]
        if len(kinds) != 1:
            raise ValueError("a condition is one of all, any, not, question, metric and metadata")
        if (self.question is None) != (self.answers is None):
            raise ValueError("question and answers go together: the options with which this one is asked")
        if (self.metadata is None) != (self.values is None):
            raise ValueError("metadata and values go together")
        if (self.metric is not None) != (self.at_least is not None or self.below is not None):
            raise ValueError("metric goes with at_least, below or both")
        return self

    def questions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The questions that it looks at, with their options."""
        if self.question is not None:
            yield self.question, self.answers or ()
        for inner in (*(self.all or ()), *(self.any or ()), *([self.not_] if self.not_ else [])):
            yield from inner.questions()


class Question(_Strict):
    """One behaviour. `points` and `weight` count as the card's scoring says; an `excluded` one is asked and not scored,
    a `bonus` one only adds. `critical` tags make scores of their own. Below `comment_below`, a share of the points from
    0 to 1, a comment is demanded."""

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
    comment_below: Annotated[float | None, Field(ge=0, le=1)] = None
    asked_when: Condition | None = None
    instructions: str | None = None

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
        if self.is_scored and not self.possible:
            raise ValueError("nothing of it gives points; give some, or set excluded")
        return self

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
        """The most points that an answer gives; of several choices, all that give any."""
        if self.type == "several":
            return sum(option.points for option in self.options)
        return max([option.points for option in self.options] + [band.points for band in self.bands], default=0)


class Section(_Strict):
    """Questions that belong together. `weight` counts with scoring by section."""

    id: Id
    title: str
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Card(_Strict):
    """A scorecard. Below `min_coverage` (a share of the weight that was asked) there is no score; bonus questions lift
    a score to `most` percent at best."""

    scorecard: Id
    title: str
    scoring: Scoring
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

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def version(self) -> str:
        """What this content is known by: another one whenever anything in it changes."""
        text = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]
