"""Evaluations that a machine makes of the calls of some days: metrics and rules answer what the cards say they do."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.evidence import Place, SpokenPlaces
from qa_pipeline.reading.machine_answers import CallRow, MachineAnswer
from qa_pipeline.reading.metric_answers import answer_by_metric, needs_places, places_in, spoken_places
from qa_pipeline.reading.rule_answers import NO_RULES, RuledCall, answer_by_rules, ruled_calls
from qa_pipeline.reviews.answer_columns import CardColumns, score_columns
from qa_pipeline.reviews.json_values import answer_kind, answer_value, score_json
from qa_pipeline.reviews.table_rows import ReviewRows, no_rows
from qa_pipeline.scorecards.cards import VERSION_DIGITS, Card
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.scoring import METADATA, CallFacts, NoOption, Score, Scored, score_call
from qa_pipeline.statements.files import read_sql

AT_ONCE = 500
"""Calls whose sentences and turns are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of a call besides its row: what rules came to, when who spoke, which transcript it is."""

    ruled: RuledCall
    places: SpokenPlaces | None
    transcript: Mapping[str, str | None]


def evaluate_calls(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    cards: CardFolder,
    made_at: dt.datetime,
) -> ReviewRows:
    """The evaluations of the days' calls by each card that is for their day and has questions that a machine
    answers."""
    rows = no_rows()
    answered = {day: [card for card in cards.on(day) if is_answered(card)] for day in days}
    by_machine = {day: found for day, found in answered.items() if found}
    if not by_machine:
        return rows
    columns = {card.version: CardColumns(card) for found in by_machine.values() for card in found}
    for calls in _calls(connection, sorted(by_machine)):
        around = _around(connection, calls, by_machine)
        for call in calls:
            for card in by_machine[call["call_date"]]:
                _evaluate(rows, columns[card.version], call, around[call["call_id"]], made_at)
    return rows


def cards_by_machine(cards: CardFolder) -> tuple[Card, ...]:
    """The cards of which a machine answers at least one question."""
    return tuple(placed.card for placed in cards.cards if is_answered(placed.card))


def is_answered(card: Card) -> bool:
    """Whether a machine answers any of its questions."""
    return any(question.answered_by is not None for question in card.questions)


def machine_answers(card: Card, call: CallRow, ruled: RuledCall, facts: CallFacts) -> dict[str, MachineAnswer]:
    """The machine's answer to each question that has one, by question; `call` is a row of list_calls_to_answer."""
    found: dict[str, MachineAnswer] = {}
    for question in card.questions:
        if (by := question.answered_by) is None:
            continue
        if by.metric is not None:
            found[question.id] = answer_by_metric(question, by.metric, call, facts)
        else:
            found[question.id] = answer_by_rules(question, by, call, ruled)
    return found


def machine_score(card: Card, answers: Mapping[str, MachineAnswer], facts: CallFacts) -> Score:
    """The score of a card by a machine's answers, by question; what has no answer counts as not answered."""
    return score_call(card, {key: each.answer for key, each in answers.items()}, facts)


def machine_version(card: Card, rule_versions: Mapping[str, str | None]) -> str:
    """What a machine evaluates by: another one whenever the card changes, or any rule that answers its questions. Of a
    card that no rule answers it is the card's own."""
    if not card.rule_ids:
        return card.version
    content = [card.version, [[rule_id, rule_versions.get(rule_id)] for rule_id in sorted(card.rule_ids)]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:VERSION_DIGITS]


def machine_evaluation_id(card: Card, version: str, call_id: str) -> str:
    """The id of what a machine evaluates of a call by this version: the same each time it is made."""
    content = ["metric", card.scorecard, version, call_id]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def facts_of(call: CallRow) -> CallFacts:
    """What conditions of a card look at, of a row of list_calls_to_answer."""
    metrics = {name: float(call[name]) for name in CATALOGUE if isinstance(call.get(name), int | float)}
    return CallFacts(metrics, {name: None if call[name] is None else str(call[name]) for name in METADATA})


def _evaluate(rows: ReviewRows, columns: CardColumns, call: CallRow, around: _Around, made_at: dt.datetime) -> None:
    card, facts = columns.card, facts_of(call)
    answers = machine_answers(card, call, around.ruled, facts)
    score = machine_score(card, answers, facts)
    version = machine_version(card, around.ruled.versions)
    evaluation_id = machine_evaluation_id(card, version, call["call_id"])
    rows["evaluations"].append(
        {
            "evaluation_id": evaluation_id,
            "call_id": call["call_id"],
            "scorecard_id": card.scorecard,
            "scorecard_version": card.version,
            "machine_version": version,
            "evaluation_type": "machine",
            "state": "submitted",
            **score_columns(score_json(score)),
            "is_expert": False,
            "created_at": made_at,
            "submitted_at": made_at,
            "dispute_round": 0,
            "dispute_questions": [],
            "revision": 1,
        }
    )
    for scored in score.answers:
        if (made := answers.get(scored.question)) is not None:
            answer = columns.of_answer(scored.question, answer_kind(scored.answer), answer_value(scored.answer))
            rows["evaluation_answers"].append(
                {
                    "evaluation_id": evaluation_id,
                    "call_id": call["call_id"],
                    **answer,
                    **{name: getattr(scored, name) for name in ("earned", "possible", "weight")},
                    **_made(made, scored),
                    "evidence": _evidence(made, scored, call, facts, around),
                    "transcript_hash": around.transcript.get("transcript_hash"),
                    "engine": around.transcript.get("engine"),
                    "answered_at": made_at,
                }
            )


def _made(made: MachineAnswer, scored: Scored) -> dict[str, Any]:
    is_asked = scored.answer is not NoOption.NOT_ASKED
    return {
        "source": made.source if is_asked else "condition",
        "actor": made.actor,
        "reason": made.reason if is_asked else None,
        "content_hash": made.content_hash,
    }


def _evidence(
    made: MachineAnswer, scored: Scored, call: CallRow, facts: CallFacts, around: _Around
) -> list[dict[str, Any]]:
    if isinstance(scored.answer, NoOption):
        return []
    if made.source == "rule":
        return around.ruled.evidence(made.actor)
    return [_as_evidence(place) for place in places_in(made.actor, call, facts, around.places)]


def _as_evidence(place: Place) -> dict[str, Any]:
    return {
        "role": place.role,
        "sentence_ids": list(place.sentence_ids),
        "begin_ms": place.begin_ms,
        "end_ms": place.end_ms,
    }


def _around(
    connection: duckdb.DuckDBPyConnection, calls: Sequence[CallRow], cards: Mapping[dt.date, Sequence[Card]]
) -> dict[str, _Around]:
    """Call id → what stands around it: outcomes of the rules and places of the metrics that its cards ask for."""
    days, call_ids = sorted(cards), [call["call_id"] for call in calls]
    rules = sorted({rule_id for found in cards.values() for card in found for rule_id in card.rule_ids})
    with_places = [call["call_id"] for call in calls if any(map(needs_places, cards[call["call_date"]]))]
    ruled = ruled_calls(connection, days, call_ids, rules)
    places = spoken_places(connection, days, with_places)
    transcripts = _transcripts(connection, days, call_ids)
    return {
        call_id: _Around(ruled.get(call_id, NO_RULES), places.get(call_id), transcripts.get(call_id, {}))
        for call_id in call_ids
    }


def _transcripts(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], call_ids: Sequence[str]
) -> dict[str, dict[str, str | None]]:
    values = {"days": list(days), "call_ids": list(call_ids)}
    rows = connection.execute(read_sql("steps/list_transcripts_answered.sql"), values).fetchall()
    return {call_id: {"transcript_hash": found, "engine": engine} for call_id, found, engine in rows}


def _calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> Iterator[list[dict[str, Any]]]:
    answer = connection.execute(read_sql("steps/list_calls_to_answer.sql"), {"days": list(days)})
    names = [column[0] for column in answer.description or ()]
    rows: Iterable[tuple[Any, ...]] = iter(answer.fetchall())
    while some := [dict(zip(names, row, strict=True)) for row in islice(rows, AT_ONCE)]:
        yield some
