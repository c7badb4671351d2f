"""Which evaluations are meant, and how a URL writes it. Pure: no Streamlit, no database, no clock.

The days, agents, teams, supervisors and queues are those of the call and written as the list of calls writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dashboards.filters import CallFilter, DateRange

Source = Literal["people", "machine"]
Picked = Literal["drawn", "chosen", "all"]

PICKED: tuple[Picked, ...] = ("drawn", "chosen", "all")

_MANY = {
    "card": "cards",
    "version": "versions",
    "evaluator": "evaluators",
    "state": "states",
}
"""URL parameter → field, where several values mean any of them."""


@dataclass(frozen=True, slots=True)
class EvaluationChoice:
    """Evaluations of calls. What is empty leaves that side open; of `calls` the dates, agents, teams, supervisors and
    queues count. `picked`: "drawn" are those of calls that a sampling plan drew, with a `plan` that one, "chosen" the
    others; None is what the page chooses. With a `question` those that answered it, with `answer` so: an option's id,
    `not_applicable` or `cannot_tell`."""

    calls: CallFilter = field(default_factory=CallFilter)
    cards: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    evaluators: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    question: str | None = None
    answer: str | None = None
    source: Source = "people"
    picked: Picked | None = None
    plan: str | None = None

    @property
    def range(self) -> DateRange:
        """The days, once they are known."""
        return self.calls.range

    def on(self, dates: DateRange) -> EvaluationChoice:
        """The same of these days."""
        return replace(self, calls=replace(self.calls, dates=dates))

    def of_evaluator(self, login: str) -> EvaluationChoice:
        """The same of one person's evaluations."""
        return replace(self, evaluators=(login,), source="people")

    def values(self) -> dict[str, Any]:
        """What selects of sql/pages take for the choice besides dates and questions; None leaves a side open."""
        chosen = {
            "cards": self.cards,
            "versions": self.versions,
            "evaluators": self.evaluators,
            "agents": self.calls.agents,
            "teams": self.calls.teams,
            "supervisors": self.calls.supervisors,
            "queues": self.calls.queues,
        }
        lists = {name: list(values) or None for name, values in chosen.items()}
        return lists | {"source": self.source, "picked": self.picked or "all", "plan": self.plan}

    def to_query(self) -> dict[str, list[str]]:
        """URL parameters and their values; what is open has none."""
        calls = CallFilter(
            self.calls.dates,
            agents=self.calls.agents,
            teams=self.calls.teams,
            supervisors=self.calls.supervisors,
            queues=self.calls.queues,
        )
        query = calls.to_query() | {name: list(getattr(self, field)) for name, field in _MANY.items()}
        query["source"] = [] if self.source == "people" else [self.source]
        for name in ("picked", "plan", "question", "answer"):
            query[name] = [value] if (value := getattr(self, name)) else []
        return {name: values for name, values in query.items() if values}

    @classmethod
    def from_query(cls, query: Mapping[str, str | Sequence[str]]) -> EvaluationChoice:
        """The filter that URL parameters write; parameters that are none of it are left alone."""
        given = {name: [values] if isinstance(values, str) else list(values) for name, values in query.items()}
        many = {field: tuple(dict.fromkeys(filter(None, given.get(name, [])))) for name, field in _MANY.items()}
        source: Source = "machine" if "machine" in given.get("source", []) else "people"
        picked = next((each for each in PICKED if each in given.get("picked", [])), None)
        question, answer, plan = (
            next(iter(given.get(name, [])), None) or None for name in ("question", "answer", "plan")
        )
        return cls(
            CallFilter.from_query(given), source=source, picked=picked, plan=plan, question=question, answer=answer,
            **many,
        )  # fmt: skip
