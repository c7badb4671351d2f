"""What changed rules do to the scores that a machine gives by cards whose questions they answer."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from qa_pipeline.agreement.intervals import Interval, of_mean
from qa_pipeline.judging.stored_calls import Stretch
from qa_pipeline.reading.machine_answers import CallRow
from qa_pipeline.reading.machine_evaluations import facts_of, machine_answers, machine_score
from qa_pipeline.reading.rule_answers import RuledCall, RuleResult
from qa_pipeline.rules.evaluation import RuleOutcome
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.statements.files import read_sql

EVERYBODY = ("all", "all")

Group = tuple[str, str]
"""What calls are grouped by, and the key: ("agent", "a-chen")."""

Outcomes = Mapping[str, RuleOutcome]


@dataclass(slots=True)
class ScoreSums:
    """Over the calls of a group: `n` with a score before and after, of which `changed` differ; sums of both scores, of
    their differences and of the squares of these; calls that lose their score, and that get one."""

    n: int = 0
    changed: int = 0
    before: float = 0.0
    after: float = 0.0
    squares: float = 0.0
    lost: int = 0
    gained: int = 0

    def add(self, before: float | None, after: float | None) -> None:
        """Counts a call by its score before and after, 0 to 100; None where it has no score."""
        if before is not None and after is not None:
            self.n += 1
            self.changed += before != after
            self.before += before
            self.after += after
            self.squares += (after - before) ** 2
        elif before != after:
            self.lost += after is None
            self.gained += before is None

    def include(self, other: ScoreSums) -> None:
        """The calls of another stretch too."""
        for name in ("n", "changed", "before", "after", "squares", "lost", "gained"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_touched(self) -> bool:
        """Whether any call has another score than before, or none any more."""
        return bool(self.changed or self.lost or self.gained)

    @property
    def means(self) -> tuple[float, float] | None:
        """The mean score before and after, 0 to 100, over the calls that have both; None without any."""
        return (self.before / self.n, self.after / self.n) if self.n else None

    @property
    def interval(self) -> Interval | None:
        """Student's 95% interval of the mean difference, paired by call; None below two calls, or where none
        differs: then nothing is known of the spread."""
        if self.n < 2 or not self.changed:
            return None
        mean = (self.after - self.before) / self.n
        variance = max(0.0, self.squares - self.n * mean * mean) / (self.n - 1)
        return of_mean(self.n, mean, math.sqrt(variance / self.n), self.n - 1).interval


@dataclass(slots=True)
class ScoreChange:
    """What changed rules do to the scores by one version of a card, by group."""

    scorecard: str
    version: str
    title: str
    sums: dict[Group, ScoreSums] = field(default_factory=dict)

    def add(self, other: ScoreChange) -> None:
        """The calls of another stretch too."""
        for group, sums in other.sums.items():
            self.sums.setdefault(group, ScoreSums()).include(sums)

    @property
    def everybody(self) -> ScoreSums:
        """The sums over all calls, in no group."""
        return self.sums.get(EVERYBODY, ScoreSums())

    def groups(self, dimension: str) -> list[tuple[Group, ScoreSums]]:
        """The groups of a kind in which any score changes, those with the greatest change of the mean first."""
        touched = [(group, sums) for group, sums in self.sums.items() if group[0] == dimension and sums.is_touched]
        return sorted(touched, key=lambda each: (-abs(_shift(each[1])), each[0]))


class CardScores:
    """Scores calls by the cards that name any of the `changed` rules, before and after."""

    def __init__(self, cards: Sequence[Card], changed: Collection[str]) -> None:
        self._cards = cards
        self._changed = frozenset(changed)
        self.changes = {card.version: ScoreChange(card.scorecard, card.version, card.title) for card in cards}

    def add(self, row: CallRow, old: Outcomes, new: Outcomes, groups: Iterable[Group]) -> None:
        """Scores a call, a row of list_calls_to_answer. `old` has what the changed rules come to as they are, `new`
        what all come to as they would be: the others come to the same."""
        groups = list(groups)
        facts = facts_of(row)
        for card in self._cards:
            if not card.is_for(row["call_date"]):
                continue
            after = _ruled(card, new)
            before = _ruled(card, {**{key: each for key, each in new.items() if key not in self._changed}, **old})
            scores = [
                machine_score(card, machine_answers(card, row, ruled, facts), facts).score
                for ruled in ((before,) if before == after else (before, after))
            ]
            for group in groups:
                self.changes[card.version].sums.setdefault(group, ScoreSums()).add(scores[0], scores[-1])


def cards_naming(cards: CardFolder | None, rules: Collection[str]) -> tuple[Card, ...]:
    """The cards of which any of these rules answers a question."""
    if cards is None:
        return ()
    return tuple(placed.card for placed in cards.cards if not set(rules).isdisjoint(placed.card.rule_ids))


def rows_to_score(connection: duckdb.DuckDBPyConnection, stretch: Stretch) -> dict[str, dict[str, Any]]:
    """What cards want to know of the calls of a stretch, by call."""
    days = [
        stretch.first_day + dt.timedelta(days=number)
        for number in range((stretch.last_day - stretch.first_day).days + 1)
    ]
    answer = connection.execute(
        f"from ({read_sql('steps/list_calls_to_answer.sql')}) where call_id between $first_call and $last_call",
        {"days": days, "first_call": stretch.first_call, "last_call": stretch.last_call},
    )
    names = [column[0] for column in answer.description or ()]
    rows = (dict(zip(names, row, strict=True)) for row in answer.fetchall())
    return {row["call_id"]: row for row in rows}


def summed_scores(found: Iterable[ScoreChange]) -> list[ScoreChange]:
    """Over all stretches, by card and version."""
    known: dict[tuple[str, str], ScoreChange] = {}
    for change in found:
        first = known.setdefault((change.scorecard, change.version), change)
        if first is not change:
            first.add(change)
    return [known[key] for key in sorted(known)]


def _shift(sums: ScoreSums) -> float:
    return (sums.after - sums.before) / sums.n if sums.n else 0.0


def _ruled(card: Card, outcomes: Outcomes) -> RuledCall:
    found = {rule_id: outcomes[rule_id] for rule_id in card.rule_ids if rule_id in outcomes}
    return RuledCall({rule_id: RuleResult(each.outcome.value, each.reason) for rule_id, each in found.items()})
