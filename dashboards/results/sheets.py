"""The rows of each page of figures as a file: the same functions that the pages ask, with the same narrowing.

A sheet has raw values in the stored units: scores 0 to 100, shares and coefficients 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboards.filters import DateRange
from dashboards.results.choice import EvaluationChoice
from dashboards.results.figures import agreement, asked, health, questions_of, scores_by, strictness_of
from dashboards.results.listing import evaluations_sheet
from dashboards.results.seen import Seen
from dashboards.results.sheet import Sheet
from dashboards.serving.access import Right, Viewer
from qa_pipeline.agreement.intervals import Interval
from qa_pipeline.agreement.odds import OddsRatio
from qa_pipeline.published.snapshot import Snapshot

MOST_ROWS = 100_000
"""Evaluations in a file."""

DIMENSIONS = ("agent", "team", "supervisor", "queue", "evaluator", "all")

_SCORES = (
    "key", "name", "scorecard_id", "scorecard_version", "evaluations", "n", "mean", "ci_low", "ci_high", "auto_fails",
    "coverage", "first_date",
)  # fmt: skip
_AGREEMENT = (
    "question_id", "question", "n", "percent", "percent_low", "percent_high", "ac1", "ac1_low", "ac1_high", "alpha",
    "alpha_low", "alpha_high", "kappa",
)  # fmt: skip
_HEALTH = (
    "question_id", "question", "answers", "not_applicable", "not_applicable_low", "not_applicable_high", "always_yes",
    "always_yes_low", "always_yes_high", "ac1", "overturned", "disputes", "seconds",
)  # fmt: skip


class NoSheet(Exception):
    """There is no such file, or not for this person."""


def sheet_of(
    name: str, viewer: Viewer, snapshot: Snapshot, seen: Seen, dates: DateRange, query: Mapping[str, Sequence[str]],
    zone: str,
) -> Sheet:  # fmt: skip
    """The file `name`, narrowed as its page is by the URL's parameters.

    Raises:
        NoSheet: there is none of that name, or this person has not the right to its page.
    """
    make = _SHEETS.get(name)
    if make is None or viewer.sees_only_own or not may_take(name, viewer):
        raise NoSheet
    chosen = EvaluationChoice.from_query(query).on(dates)
    return make(snapshot, seen, chosen, query, zone)


def may_take(name: str, viewer: Viewer) -> bool:
    """Whether the person's role has the page that the file is of."""
    if not viewer.may(Right.EXPORT):
        return False
    return name == "scores" or viewer.may(Right.SEE_EVALUATIONS)


def _scores(
    snapshot: Snapshot, _seen: Seen, chosen: EvaluationChoice, query: Mapping[str, Sequence[str]], _zone: str
) -> Sheet:
    dimension = next((each for each in query.get("group", ()) if each in DIMENSIONS), "agent")
    rows = scores_by(snapshot, chosen, dimension)
    return Sheet("scores", _SCORES, [[row[name] for name in _SCORES] for row in rows], _about(chosen) | {
        "key": dimension, "mean": "0 to 100", "interval": "95%"})  # fmt: skip


def _agreement(
    snapshot: Snapshot, _seen: Seen, chosen: EvaluationChoice, _query: Mapping[str, Sequence[str]], _zone: str
) -> Sheet:
    card, version = _version(chosen)
    found = agreement(snapshot, chosen.range, card, version, with_machine=chosen.source == "machine")
    rows = []
    for question in asked(questions_of(snapshot, card, version)):
        own = found.get(question.question_id)
        figures: list[Any] = [None] * 10
        if own is not None:
            shown = (own.percent, own.ac1, own.alpha)
            figures = [*(part for each in shown for part in (each.value, *_ends(each.interval))), own.kappa]
        rows.append([question.question_id, question.text, own.n if own else 0, *figures])
    return Sheet("agreement", _AGREEMENT, rows, _about(chosen))


def _strictness(
    snapshot: Snapshot, _seen: Seen, chosen: EvaluationChoice, _query: Mapping[str, Sequence[str]], _zone: str
) -> Sheet:
    card, version = _version(chosen)
    rows = [
        [each.evaluator, each.difference.n, each.difference.mean, *_ends(each.difference.interval)]
        for each in strictness_of(snapshot, chosen.range, card, version)
    ]
    return Sheet("strictness", ("evaluator", "shared_calls", "difference", "ci_low", "ci_high"), rows, _about(chosen))


def _health(
    snapshot: Snapshot, _seen: Seen, chosen: EvaluationChoice, _query: Mapping[str, Sequence[str]], _zone: str
) -> Sheet:
    card, version = _version(chosen)
    found = health(snapshot, chosen.range, card, version, chosen.source)
    outcomes = list(dict.fromkeys(name for each in found for name in each.odds))
    rows = []
    for each in found:
        agreed = each.agreement.ac1.value if each.agreement else None
        odds = [each.odds.get(name) for name in outcomes]
        rows.append(
            [
                each.question_id, each.text, each.answers, each.not_applicable.share,
                *_ends(each.not_applicable.interval), each.always_yes.share, *_ends(each.always_yes.interval), agreed,
                each.overturned.hits, each.overturned.n, each.seconds,
                *(part for one in odds for part in _odds(one)),
            ]
        )  # fmt: skip
    names = [f"{name}_{part}" for name in outcomes for part in ("n", "odds_ratio", "low", "high")]
    return Sheet("form_health", (*_HEALTH, *names), rows, _about(chosen))


def _evaluations(
    snapshot: Snapshot, seen: Seen, chosen: EvaluationChoice, _query: Mapping[str, Sequence[str]], zone: str
) -> Sheet:
    return evaluations_sheet(snapshot, seen, chosen, limit=MOST_ROWS, zone=zone)


_SHEETS: dict[str, Callable[[Snapshot, Seen, EvaluationChoice, Mapping[str, Sequence[str]], str], Sheet]] = {
    "scores": _scores,
    "agreement": _agreement,
    "strictness": _strictness,
    "form_health": _health,
    "evaluations": _evaluations,
}


def _version(chosen: EvaluationChoice) -> tuple[str, str]:
    if not chosen.cards or not chosen.versions:
        raise NoSheet
    return chosen.cards[0], chosen.versions[0]


def _odds(found: OddsRatio | None) -> tuple[float | None, ...]:
    return (0, None, None, None) if found is None else (found.n, found.ratio, *_ends(found.interval))


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _about(chosen: EvaluationChoice) -> dict[str, str]:
    said = {name: ", ".join(values) for name, values in chosen.to_query().items()}
    return {"calls": f"{chosen.range.first} to {chosen.range.last}", **said}
