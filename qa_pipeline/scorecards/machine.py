"""What of a card a machine answers, and how far its answers are trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,79}$")]


class Strict(BaseModel):
    """A part of a card: a key that it does not have is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Strict):
    """Numbers from `at_least` (included) to `below` (not included); a side left out is open."""

    at_least: Annotated[float | None, Field(allow_inf_nan=False)] = None
    below: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError(f"at_least {self.at_least:g} is not smaller than below {self.below:g}")
        return self

    def holds(self, number: float) -> bool:
        """Whether a number is in it."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


class MetricOption(Range):
    """The option that numbers of this range mean."""

    option: Id


class AnsweredBy(Strict):
    """The metric of a call that answers a question in the pipeline. A number question takes its value, and its bands
    score it; a question of a single choice takes the first of `options` whose range holds it. A value that is not
    known, or that nothing holds, is `cannot_tell`; there is no other default."""

    metric: Id
    options: tuple[MetricOption, ...] = ()


class Trust(StrEnum):
    """How far a machine's answers to a question are trusted; each state comes after the one before it."""

    DRAFT = "draft"
    """Tried out, and shown to nobody who evaluates."""
    ADVISORY = "advisory"
    """Shown beside the question; only a person's answer counts."""
    ASSISTED = "assisted"
    """Filled in, and counts once a person confirms it."""
    AUTOMATIC = "automatic"
    """Counts by itself, as long as people who answer blind agree with it (qa_pipeline.scorecards.trust)."""
