"""What makes a call a risk, or eligible: metrics, outcomes, defects of the recording and outcomes of rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa_pipeline.sampling.frames import FrameCall

RuleResult = Literal["hit", "miss", "not_applicable", "not_evaluated"]
Bound = Annotated[float | None, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]

_KINDS = ("all_", "any_", "not_", "metric", "outcome", "defects", "rule", "metadata")
_BOUNDS = ("at_least", "above", "below", "at_most")


class Strict(BaseModel):
    """A part of a plan: a key that it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CallCondition(Strict):
    """One of the keys. `metric` and `outcome` lie within bounds; `outcome` may be a flag, `is: true`; `defects` are
    those that either channel has any of; `rule` came out as one of `results`; `metadata` is one of `values`.

    It holds, does not hold, or is not known: a call without the metric, the outcome, the rule or the metadata fulfils
    neither a condition nor its `not`.
    """

    all_: Annotated[tuple[CallCondition, ...] | None, Field(alias="all", min_length=1)] = None
    any_: Annotated[tuple[CallCondition, ...] | None, Field(alias="any", min_length=1)] = None
    not_: Annotated[CallCondition | None, Field(alias="not")] = None
    metric: Name | None = None
    outcome: Name | None = None
    at_least: Bound = None
    above: Bound = None
    below: Bound = None
    at_most: Bound = None
    is_: Annotated[bool | None, Field(alias="is")] = None
    defects: Names | None = None
    rule: Name | None = None
    results: Annotated[tuple[RuleResult, ...], Field(min_length=1)] = ("hit",)
    metadata: Literal["agent", "team", "queue", "direction", "language", "status"] | None = None
    values: Names | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if len([name for name in _KINDS if getattr(self, name) is not None]) != 1:
            raise ValueError("a condition is one of all, any, not, metric, outcome, defects, rule and metadata")
        has_bounds = any(getattr(self, name) is not None for name in _BOUNDS)
        if self.metric is not None and not has_bounds:
            raise ValueError("metric goes with at_least, above, below or at_most")
        if self.outcome is not None and has_bounds == (self.is_ is not None):
            raise ValueError("outcome goes with is, or with at_least, above, below or at_most")
        if has_bounds and self.metric is None and self.outcome is None:
            raise ValueError("bounds go with metric or outcome")
        if self.is_ is not None and self.outcome is None:
            raise ValueError("is goes with outcome")
        if (self.metadata is None) != (self.values is None):
            raise ValueError("metadata and values go together")
        if "results" in self.model_fields_set and self.rule is None:
            raise ValueError("results go with rule")
        low = max((bound for bound in (self.at_least, self.above) if bound is not None), default=None)
        high = min((bound for bound in (self.below, self.at_most) if bound is not None), default=None)
        if low is not None and high is not None and low > high:
            raise ValueError(f"nothing is both over {low:g} and under {high:g}")
        return self

    def parts(self) -> Iterator[CallCondition]:
        """Itself, and all conditions within."""
        yield self
        for inner in (*(self.all_ or ()), *(self.any_ or ()), *([self.not_] if self.not_ else [])):
            yield from inner.parts()

    def holds(self, call: FrameCall) -> bool | None:
        """Whether the call fulfils it; None where that is not known."""
        if self.all_ is not None:
            return _all(inner.holds(call) for inner in self.all_)
        if self.any_ is not None:
            opposite = _all(_opposite(inner.holds(call)) for inner in self.any_)
            return _opposite(opposite)
        if self.not_ is not None:
            return _opposite(self.not_.holds(call))
        if self.metric is not None:
            return self._within(call.metrics.get(self.metric))
        if self.outcome is not None:
            value = call.outcomes.get(self.outcome)
            return self._within(value) if self.is_ is None or value is None else bool(value) == self.is_
        if self.defects is not None:
            return not call.defects.isdisjoint(self.defects)
        if self.rule is not None:
            result = call.rules.get(self.rule)
            return None if result is None else result in self.results
        named: str | None = getattr(call, "agent_id" if self.metadata == "agent" else str(self.metadata))
        return None if named is None else named in (self.values or ())

    def _within(self, number: float | None) -> bool | None:
        if number is None:
            return None
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )


def _all(found: Iterator[bool | None]) -> bool | None:
    """Not, where any does not hold; else not known, where any is not known."""
    results = set(found)
    return False if False in results else None if None in results else True


def _opposite(found: bool | None) -> bool | None:
    return None if found is None else not found
