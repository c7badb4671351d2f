"""Applies rules to thousands of stored calls: rows of the tables `rule_outcomes` and `rule_hits`, on all cores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.processes import spread, without_collector
from qa_pipeline.judging.stored_calls import StoredCalls, rule_calls
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.evaluation import RuleOutcome
from qa_pipeline.rules.quick import QuickBook
from qa_pipeline.rules.verdicts import Hit, Outcome

MOST_HITS = 50
"""Places of one rule in one call that are kept as evidence; the count is of all."""


class Judged(NamedTuple):
    """Rows of `rule_outcomes` and of `rule_hits`."""

    outcomes: pa.Table
    hits: pa.Table


@dataclass(frozen=True)
class StretchJudge:
    """Judges a stretch of stored calls by a book; it can be sent to another process."""

    book: RuleBook
    thresholds: MetricThresholds

    @cached_property
    def _quick(self) -> QuickBook:
        return QuickBook(self.book)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is made of the book."""
        return {"book": self.book, "thresholds": self.thresholds}

    def __call__(self, stored: StoredCalls) -> Judged:
        """The rows of `rule_outcomes` and `rule_hits` of these calls."""
        rows = _Rows(self.book)
        with without_collector():
            for call in rule_calls(stored, self.thresholds):
                rows.add(call, self._quick.outcomes(call))
            return rows.tables()


def judge_stored(
    stored: Iterable[StoredCalls], book: RuleBook, thresholds: MetricThresholds, *, processes: int | None = None
) -> Iterator[Judged]:
    """What the rules come to in stored calls, stretch by stretch in their order."""
    if book.rules:
        yield from spread(StretchJudge(book, thresholds), stored, processes=processes)


class _Rows:
    """Rows as columns. What is said of a rule is a number in them, so that millions of rows are small."""

    def __init__(self, book: RuleBook) -> None:
        self._rules = {rule.id: place for place, rule in enumerate(book.rules)}
        self._book = book
        self._calls: list[str] = []
        self._days: list[dt.date | None] = []
        self._of_call: list[int] = []
        self._of_rule: list[int] = []
        self._outcome: list[str] = []
        self._reason: list[str | None] = []
        self._hit_count: list[int] = []
        self._hits: list[tuple[int, int, int, Hit]] = []

    def add(self, call: RuleCall, outcomes: Sequence[RuleOutcome]) -> None:
        """The outcomes of all rules, in their order, in one call."""
        place = len(self._calls)
        self._calls.append(call.call_id)
        self._days.append(call.call_date)
        self._of_call += [place] * len(outcomes)
        self._of_rule += range(len(outcomes))
        self._outcome += [each.outcome for each in outcomes]
        self._reason += [each.reason for each in outcomes]
        self._hit_count += [len(each.hits) for each in outcomes]
        for number, each in enumerate(outcomes):
            if each.hits:
                self._hits += [(place, number, hit_id, hit) for hit_id, hit in enumerate(each.hits[:MOST_HITS])]

    def tables(self) -> Judged:
        """The rows as tables of the columns that the warehouse has."""
        outcomes = pa.table(
            {
                **self._of(self._of_call, self._of_rule),
                "outcome": pa.array(self._outcome, pa.string()),
                "reason": pa.array(self._reason, pa.string()),
                "hit_count": pa.array(self._hit_count, pa.int32()),
                "title": _coded(self._of_rule, [rule.rule.title for rule in self._book.rules]),
                "severity": _coded(self._of_rule, [rule.rule.severity for rule in self._book.rules]),
                "needs_review": _coded(self._of_rule, [rule.rule.needs_review for rule in self._book.rules]),
            }
        )
        return Judged(outcomes, self._hit_table())

    def _hit_table(self) -> pa.Table:
        hits = [hit for *_, hit in self._hits]
        evidence: dict[str, Any] = {
            "role": pa.array([hit.role for hit in hits], pa.string()),
            "channel_id": pa.array([hit.channel_id for hit in hits], pa.int32()),
            "sentence_id": pa.array([hit.sentence_id for hit in hits], pa.int32()),
            "begin_char": pa.array([hit.begin_char for hit in hits], pa.int32()),
            "last_sentence_id": pa.array([hit.last_sentence_id for hit in hits], pa.int32()),
            "end_char": pa.array([hit.end_char for hit in hits], pa.int32()),
            "begin_ms": pa.array([hit.begin_ms for hit in hits], pa.int32()),
            "end_ms": pa.array([hit.end_ms for hit in hits], pa.int32()),
            "evidence": pa.array([hit.text for hit in hits], pa.string()),
        }
        of_call, of_rule = [call for call, *_ in self._hits], [rule for _, rule, *_ in self._hits]
        return pa.table(
            {
                **self._of(of_call, of_rule),
                "hit_id": pa.array([hit_id for _, _, hit_id, _ in self._hits], pa.int32()),
                "outcome": pa.array([Outcome.HIT.value] * len(self._hits), pa.string()),
                **evidence,
            }
        )

    def _of(self, of_call: Sequence[int], of_rule: Sequence[int]) -> dict[str, Any]:
        return {
            "call_id": _coded(of_call, self._calls),
            "rule_id": _coded(of_rule, list(self._rules)),
            "rule_version": _coded(of_rule, [rule.version for rule in self._book.rules]),
            "call_date": _coded(of_call, self._days, pa.date32()),
        }


def _coded(places: Sequence[int], values: Sequence[Any], kind: pa.DataType | None = None) -> pa.Array:
    """Values by their places in a list."""
    return pa.array(values, kind).take(pa.array(places, pa.int32()))
