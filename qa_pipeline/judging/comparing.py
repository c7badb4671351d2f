"""What changed rules would change: every stored call judged by the rules as they are and as they would be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import duckdb

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.processes import spread, without_collector
from qa_pipeline.judging.score_effects import (
    EVERYBODY,
    CardScores,
    Group,
    ScoreChange,
    cards_naming,
    rows_to_score,
    summed_scores,
)
from qa_pipeline.judging.stored_calls import StoredCalls, Stretch, metrics_named, read_calls, rule_calls, stretches
from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.evaluation import RuleOutcome
from qa_pipeline.rules.listening import HeardCall
from qa_pipeline.rules.quick import QuickBook
from qa_pipeline.rules.rates import Change, Rate, paired_change, wilson
from qa_pipeline.rules.verdicts import Hit, Outcome
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.statements.files import read_sql

NO_RULE = "no_rule"
"""The outcome of a rule where one of both books has none of its id."""
EVALUATED = (Outcome.HIT.value, Outcome.MISS.value)


class Takers(NamedTuple):
    """Agent and team of a call on its day, by which effects are grouped."""

    agent_id: str | None
    team: str | None


class Flip(NamedTuple):
    """A call in which a rule comes to something else, with the evidence that either version has."""

    rule_id: str
    call_id: str
    call_date: dt.date | None
    agent_id: str | None
    before: str
    after: str
    reason: str | None
    evidence: Hit | None


@dataclass(slots=True)
class RuleChange:
    """What a changed rule changes: by group how many calls went from which outcome to which."""

    rule_id: str
    title: str
    old_version: str | None
    new_version: str | None
    moves: dict[Group, Counter[tuple[str, str]]] = field(default_factory=dict)

    def add(self, other: RuleChange) -> None:
        """The calls of another stretch too."""
        for group, counted in other.moves.items():
            self.moves.setdefault(group, Counter()).update(counted)

    def rates(self, group: Group = EVERYBODY) -> tuple[Rate, Rate]:
        """The rate of hits among what was evaluated, before and after."""
        moves = self.moves.get(group, Counter())
        sides = []
        for side in (0, 1):
            told = Counter[str]()
            for move, calls in moves.items():
                told[move[side]] += calls
            sides.append(wilson(told["hit"], told["hit"] + told["miss"]))
        return sides[0], sides[1]

    def change(self, group: Group = EVERYBODY) -> Change:
        """The difference over the calls that both versions evaluated."""
        moves = self.moves.get(group, Counter())
        n = sum(calls for (before, after), calls in moves.items() if before in EVALUATED and after in EVALUATED)
        return paired_change(moves["miss", "hit"], moves["hit", "miss"], n)

    def flips(self) -> dict[tuple[str, str], int]:
        """How many calls of all come to what else."""
        return {move: calls for move, calls in sorted(self.moves.get(EVERYBODY, {}).items()) if move[0] != move[1]}

    def groups(self, dimension: str) -> list[Group]:
        """The groups of a kind in which anything flips, those with the greatest change first."""
        touched = [
            group
            for group, moves in self.moves.items()
            if group[0] == dimension and any(before != after for before, after in moves)
        ]
        return sorted(touched, key=lambda group: (-abs(self.change(group).share or 0), group))


class Compared(NamedTuple):
    """What a stretch of calls came to: by rule, call by call, and in scores by cards that name a changed rule."""

    calls: int
    changes: list[RuleChange]
    flips: list[Flip]
    scores: list[ScoreChange]


class Difference(NamedTuple):
    """What all calls came to: by rule, and in scores by cards that name a changed rule."""

    calls: int
    changes: list[RuleChange]
    scores: list[ScoreChange]


class ComparedCalls(NamedTuple):
    """A stretch of calls, who took them, and what cards want to know of them."""

    stored: StoredCalls
    takers: dict[str, Takers]
    rows: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """Compares two books over a stretch of calls; it can be sent to another process. Of both, the rules are there that
    differ (`ids`), and those that these name; of the new one also those that answer questions of `cards` beside
    them."""

    old: RuleBook
    new: RuleBook
    thresholds: MetricThresholds
    ids: frozenset[str]
    cards: tuple[Card, ...] = ()

    @cached_property
    def _books(self) -> tuple[QuickBook, QuickBook]:
        return QuickBook(self.old), QuickBook(self.new)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is made of the books."""
        own = ("old", "new", "thresholds", "ids", "cards")
        return {name: getattr(self, name) for name in own}

    def __call__(self, stretch: ComparedCalls) -> Compared:
        """The changes over some calls, with every flip."""
        changes = [_change(*pair) for pair in self._pairs()]
        scores = CardScores(self.cards, {change.rule_id for change in changes})
        flips: list[Flip] = []
        calls = 0
        with without_collector():
            for call in rule_calls(stretch.stored, self.thresholds):
                calls += 1
                taken_by = stretch.takers.get(call.call_id, Takers(None, None))
                heard = HeardCall(call)
                old, new = ({each.rule.id: each for each in book.outcomes(heard)} for book in self._books)
                flips += self._compare(call, taken_by, changes, (old, new))
                if (row := stretch.rows.get(call.call_id)) is not None:
                    scores.add(row, old, new, _groups(taken_by))
        return Compared(calls, changes, flips, list(scores.changes.values()))

    def _pairs(self) -> list[tuple[BookedRule | None, BookedRule | None]]:
        """The rules that differ, and none that one of both books has only because others name it."""
        return [
            pair for pair in changed_rules(self.old, self.new) if any(each and each.id in self.ids for each in pair)
        ]

    def _compare(
        self,
        call: RuleCall,
        taken_by: Takers,
        changes: Sequence[RuleChange],
        sides: tuple[Mapping[str, RuleOutcome], Mapping[str, RuleOutcome]],
    ) -> Iterator[Flip]:
        """Counts what each changed rule comes to in a call, and gives those that come to something else."""
        groups = _groups(taken_by)
        for change in changes:
            before, after = (side.get(change.rule_id) for side in sides)
            move = _name(before), _name(after)
            for group in groups:
                change.moves.setdefault(group, Counter())[move] += 1
            if move[0] != move[1]:
                yield _flip(call, taken_by, change, before, after)


def changed_rules(old: RuleBook, new: RuleBook) -> list[tuple[BookedRule | None, BookedRule | None]]:
    """The rules whose versions differ, or that only one of both has, by id."""
    sides = [{rule.id: rule for rule in book.rules} for book in (old, new)]
    ids = dict.fromkeys([*sides[0], *sides[1]])
    pairs = [(sides[0].get(rule_id), sides[1].get(rule_id)) for rule_id in ids]
    return [pair for pair in pairs if (pair[0].version if pair[0] else None) != (pair[1].version if pair[1] else None)]


def compare_stored(
    connection: duckdb.DuckDBPyConnection,
    old: RuleBook,
    new: RuleBook,
    days: tuple[dt.date, dt.date],
    thresholds: MetricThresholds,
    *,
    cards: CardFolder | None = None,
    processes: int | None = None,
) -> Iterator[Compared]:
    """Compares both books over the stored calls of some days, both included, stretch by stretch; with the scores that
    a machine gives by those of `cards` that name a changed rule."""
    pairs = changed_rules(old, new)
    if not pairs:
        return
    ids = {rule.id for pair in pairs for rule in pair if rule}
    affected = cards_naming(cards, ids)
    answering = {rule_id for card in affected for rule_id in card.rule_ids}
    comparison = Comparison(old.of(ids), new.of(ids | answering), thresholds, frozenset(ids), affected)
    metrics = sorted({*metrics_named(comparison.old), *metrics_named(comparison.new)})
    found = (_read(connection, stretch, metrics, bool(affected)) for stretch in stretches(connection, *days))
    yield from spread(comparison, found, processes=processes)


def _read(
    connection: duckdb.DuckDBPyConnection, stretch: Stretch, metrics: Sequence[str], with_scores: bool
) -> ComparedCalls:
    found = connection.execute(read_sql("steps/list_rule_agents.sql"), stretch.values()).fetchall()
    takers = {call_id: Takers(agent_id, team) for call_id, agent_id, team in found}
    rows = rows_to_score(connection, stretch) if with_scores else {}
    return ComparedCalls(read_calls(connection, stretch, metrics), takers, rows)


def total(compared: Iterable[Compared]) -> Difference:
    """Calls, and the changes over all stretches."""
    calls, changes, scores = 0, dict[str, RuleChange](), list[ScoreChange]()
    for each in compared:
        calls += each.calls
        scores = summed_scores([*scores, *each.scores])
        for change in each.changes:
            known = changes.setdefault(change.rule_id, change)
            if known is not change:
                known.add(change)
    return Difference(calls, list(changes.values()), scores)


def _change(old: BookedRule | None, new: BookedRule | None) -> RuleChange:
    rule = new or old
    assert rule is not None
    return RuleChange(rule.id, rule.rule.title, old.version if old else None, new.version if new else None)


def _name(outcome: RuleOutcome | None) -> str:
    return outcome.outcome.value if outcome else NO_RULE


def _groups(taken_by: Takers) -> list[Group]:
    named = [("agent", taken_by.agent_id), ("team", taken_by.team)]
    return [EVERYBODY, *((kind, key) for kind, key in named if key is not None)]


def _flip(
    call: RuleCall, taken_by: Takers, change: RuleChange, before: RuleOutcome | None, after: RuleOutcome | None
) -> Flip:
    evidence = next((hit for side in (after, before) if side for hit in side.hits), None)
    reason = next((side.reason for side in (after, before) if side and side.reason), None)
    return Flip(
        change.rule_id, call.call_id, call.call_date, taken_by.agent_id, _name(before), _name(after), reason, evidence
    )
