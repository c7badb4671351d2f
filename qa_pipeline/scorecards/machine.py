"""What of a card a machine answers, and how far its answers are trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,79}$")]


Outcome = Literal["hit", "miss", "not_applicable", "not_evaluated"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
"""What a rule can come to in a call."""

NOT_APPLICABLE, CANNOT_TELL = "not_applicable", "cannot_tell"
"""Answers of rules that are no option."""


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


class RuleAnswer(Strict):
    """What it means that a rule came to an outcome: an option of the question, or `not_applicable` or `cannot_tell`.
    That a rule was not evaluated can mean `cannot_tell` alone."""

    rule: Id
    outcome: Outcome
    answer: Id

    @model_validator(mode="after")
    def _takes_no_want_of_evidence_for_an_answer(self) -> Self:
        if self.outcome == "not_evaluated" and self.answer != CANNOT_TELL:
            raise ValueError(
                f"that {self.rule} was not evaluated says nothing of the call; give answer: {CANNOT_TELL}, "
                "or leave the entry out, which means the same"
            )
        return self


class AnsweredBy(Strict):
    """What of a call answers a question in the pipeline: a metric, or rules.

    A number question takes the value of the metric, and its bands score it; a question of a single choice takes the
    first of `options` whose range holds it. Of `rules` the first entry whose rule came to its outcome counts. A value
    that is not known, or that nothing holds, and outcomes that no entry is for, are `cannot_tell`; there is no other
    default."""

    metric: Id | None = None
    options: tuple[MetricOption, ...] = ()
    rules: tuple[RuleAnswer, ...] = ()

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.metric is None) == (not self.rules):
            raise ValueError("a question is answered by a metric or by rules: give one of both")
        if self.rules and self.options:
            raise ValueError("options are for the values of a metric; each entry of rules has its answer")
        pairs = [(each.rule, each.outcome) for each in self.rules]
        if twice := [pair for place, pair in enumerate(pairs) if pair in pairs[:place]]:
            raise ValueError(
                f"there are two entries for {twice[0][0]} {twice[0][1]}, and only the first counts; delete one"
            )
        return self

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules that it looks at, each once, in their order."""
        return tuple(dict.fromkeys(each.rule for each in self.rules))

    @property
    def source(self) -> Literal["metric", "rule"]:
        """What kind of thing answers."""
        return "rule" if self.rules else "metric"

    @property
    def named(self) -> str:
        """The metric, or the rules by their ids."""
        return self.metric or ", ".join(self.rule_ids)


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
