"""When a question is asked: by answers to earlier questions, by metrics and by metadata of the call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from qa_pipeline.scorecards.machine import Id, Strict

_KINDS = ("all", "any", "not_", "question", "metric", "metadata")
_BOUNDS = ("at_least", "above", "below", "at_most")
Bound = Annotated[float | None, Field(allow_inf_nan=False)]


class Condition(Strict):
    """One of the keys. `question` has one of the options `answers`, or a number in bounds; `metric` lies in bounds:
    `at_least` or `above`, `below` or `at_most`; `metadata` (queue, direction, language …) is one of `values`."""

    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    question: Id | None = None
    answers: tuple[Id, ...] | None = None
    metric: Id | None = None
    at_least: Bound = None
    above: Bound = None
    below: Bound = None
    at_most: Bound = None
    metadata: Id | None = None
    values: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if len([name for name in _KINDS if getattr(self, name) is not None]) != 1:
            raise ValueError("a condition is one of all, any, not, question, metric and metadata")
        if (self.metadata is None) != (self.values is None):
            raise ValueError("metadata and values go together")
        if self.question is None and self.answers is not None:
            raise ValueError("answers are those to a question, which is missing")
        if self.question is not None and (self.answers is None) != self.has_bounds:
            raise ValueError("question goes with answers, the options with which this one is asked, or with bounds")
        if self.question is None and (self.metric is not None) != self.has_bounds:
            raise ValueError("metric goes with at_least, below or both")
        if (self.at_least is not None and self.above is not None) or (
            self.below is not None and self.at_most is not None
        ):
            raise ValueError("a side has one bound: at_least or above, below or at_most")
        return self

    @property
    def has_bounds(self) -> bool:
        """Whether it looks at the size of a number."""
        return any(getattr(self, name) is not None for name in _BOUNDS)

    def holds(self, number: float) -> bool:
        """Whether a number lies in its bounds."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )

    def parts(self) -> Iterator[Condition]:
        """Itself and all that it is made of."""
        yield self
        for inner in (*(self.all or ()), *(self.any or ()), *([self.not_] if self.not_ else [])):
            yield from inner.parts()
