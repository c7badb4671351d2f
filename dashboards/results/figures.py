"""Figures of evaluations as pages and files have them: rows of selects, put into the functions that conclude.

No figure is worked out here: means come with their intervals from the selects, agreement, shares and odds ratios from
`qa_pipeline.agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, repeat
from typing import Any

from dashboards.cards.agreement import AskedQuestion
from dashboards.cards.form_health import QuestionHealth
from dashboards.filters import DateRange
from dashboards.queries import ask
from dashboards.remembered import Remembered
from dashboards.results.choice import EvaluationChoice
from qa_pipeline.agreement.intervals import share_of
from qa_pipeline.agreement.odds import OddsRatio, odds_of
from qa_pipeline.agreement.questions import Agreement, agreement_by_question
from qa_pipeline.agreement.ratings import Scale, Value
from qa_pipeline.agreement.strictness import Strictness, strictness
from qa_pipeline.published.snapshot import Row, Snapshot

_AGREED: Remembered[Mapping[str, Agreement]] = Remembered(32)

PEOPLE, MACHINE = "people", "machine"
"""Raters, where what people answered is held against what the machine did."""


def scores_by(snapshot: Snapshot, chosen: EvaluationChoice, dimension: str, period: str | None = None) -> list[Row]:
    """Rows of how_scores_went."""
    return ask(snapshot, "how_scores_went", chosen.range, dimension=dimension, period=period, **chosen.values())


def questions_of(snapshot: Snapshot, card: str, version: str) -> list[Row]:
    """Rows of list_scorecard_questions."""
    return ask(snapshot, "list_scorecard_questions", card=card, version=version)


def asked(rows: Sequence[Row]) -> list[AskedQuestion]:
    """The questions whose answers can be compared: all but texts and dates."""
    return [
        AskedQuestion(
            row["question_id"], row["text"], {option["id"]: option["text"] for option in row["options"] or ()}
        )
        for row in rows
        if row["type"] not in ("text", "date")
    ]


def agreement(
    snapshot: Snapshot, dates: DateRange, card: str, version: str, *, with_machine: bool
) -> Mapping[str, Agreement]:
    """Question → agreement of blind first answers; `with_machine` that of people's answers with the machine's."""
    key = (snapshot.identity, dates, card, version, with_machine)
    return _AGREED.get(key, lambda: _agreement(snapshot, dates, card, version, with_machine=with_machine))


def _agreement(
    snapshot: Snapshot, dates: DateRange, card: str, version: str, *, with_machine: bool
) -> Mapping[str, Agreement]:
    rows = ask(snapshot, "list_first_answers", dates, card=card, version=version, with_machine=with_machine)
    answers = (
        _against_machine(rows)
        if with_machine
        else [(row["question_id"], row["call_id"], row["rater"], _value(row)) for row in rows]
    )
    return agreement_by_question(answers, _scales(questions_of(snapshot, card, version)))


def _value(row: Row) -> Value:
    value: Value = row["answer"] if row["number"] is None else row["number"]
    return value


def _against_machine(rows: Sequence[Row]) -> list[tuple[str, str, str, Value]]:
    """The machine's answers and one person's of each call: several people's would be agreement with each other."""
    found: list[tuple[str, str, str, Value]] = []
    for (question, call), group in groupby(rows, key=lambda row: (row["question_id"], row["call_id"])):
        own = list(group)
        people = [row for row in own if not row["is_machine"]]
        machines = [row for row in own if row["is_machine"]]
        if people and machines:
            found.append((question, call, PEOPLE, _value(people[0])))
            found.append((question, call, MACHINE, _value(machines[0])))
    return found


def _scales(rows: Sequence[Row]) -> dict[str, tuple[Scale, Sequence[Value]]]:
    """Options with different points are ranks, numbers are numbers; everything else is the same or not."""
    scales: dict[str, tuple[Scale, Sequence[Value]]] = {}
    for row in rows:
        options = row["options"] or []
        points = [option["points"] for option in options]
        if row["type"] == "number":
            scales[row["question_id"]] = (Scale.INTERVAL, ())
        elif row["type"] == "single" and len(options) > 2 and len(set(points)) == len(points):
            order = [option["id"] for option in sorted(options, key=lambda option: option["points"])]
            scales[row["question_id"]] = (Scale.ORDINAL, order)
        elif row["type"] == "single":
            scales[row["question_id"]] = (Scale.NOMINAL, [option["id"] for option in options])
    return scales


def strictness_of(snapshot: Snapshot, dates: DateRange, card: str, version: str) -> list[Strictness]:
    """Who scores lower or higher than others do on the same calls."""
    rows = ask(snapshot, "list_shared_scores", dates, card=card, version=version)
    return strictness((row["call_id"], row["evaluator"], row["score"]) for row in rows)


def health(snapshot: Snapshot, dates: DateRange, card: str, version: str, source: str) -> list[QuestionHealth]:
    """The questions of a version of a card, in its order."""
    did = {row["question_id"]: row for row in ask(snapshot, "how_questions_did", dates, card=card, version=version,
                                                  source=source)}  # fmt: skip
    agreed = agreement(snapshot, dates, card, version, with_machine=source == MACHINE)
    odds = _odds(ask(snapshot, "how_calls_with_answers_turned_out", dates, card=card, version=version, source=source))
    return [
        _question(
            row, did.get(row["question_id"], {}), agreed.get(row["question_id"]), odds.get(row["question_id"], {})
        )
        for row in questions_of(snapshot, card, version)
    ]


def _question(
    row: Row, did: Mapping[str, Any], agreed: Agreement | None, odds: Mapping[str, OddsRatio]
) -> QuestionHealth:
    return QuestionHealth(
        row["question_id"],
        row["text"],
        row["is_scored"],
        did.get("asked", 0),
        share_of(did.get("not_applicable", 0), did.get("asked", 0)),
        share_of(did.get("in_full", 0), did.get("scored", 0)),
        agreed,
        share_of(did.get("overturned", 0), did.get("disputes", 0)),
        did.get("seconds"),
        odds,
    )


def _odds(rows: Sequence[Row]) -> dict[str, dict[str, OddsRatio]]:
    """Question → outcome → odds ratio, of rows of how_calls_with_answers_turned_out, in their order."""
    found: dict[str, dict[str, OddsRatio]] = {}
    for (question, outcome), own in groupby(rows, key=lambda row: (row["question_id"], row["outcome"])):
        group = list(own)
        each = (pair for row in group for pair in repeat((row["in_full"], float(row["value"])), row["calls"]))
        found.setdefault(question, {})[outcome] = odds_of(each, is_flag=all(row["is_flag"] for row in group))
    return found
