"""Evaluations that metrics make of the calls of some days, by the cards whose questions they answer.

What a metric can't tell is `cannot_tell` with the reason, and never the answer that costs points: a party that was not
heard has interrupted nobody, and that says nothing of the agent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb

from qa_pipeline.conversation.analysis import DEFAULTS
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.evidence import Place, PlaceLimits, SpokenPlaces, TurnPlace, has_places, places_of
from qa_pipeline.reviews.answer_columns import CardColumns, score_columns
from qa_pipeline.reviews.json_values import answer_kind, answer_value, score_json
from qa_pipeline.reviews.table_rows import ReviewRows, no_rows
from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.metric_answers import metric_answer
from qa_pipeline.scorecards.scoring import METADATA, CallFacts, Given, NoOption, Scored, score_call
from qa_pipeline.statements.files import read_sql

AT_ONCE = 500
"""Calls whose sentences and turns are in memory at the same time."""

DOUBTFUL = {
    "dual_mono": "both channels carry the same sound",
    "silent": "nobody is heard on the channel of the {role}",
    "one_sided": "one party is not heard",
    "bleeding": "the channel of the {role} has a copy of the other party's voice",
    "out_of_step": "the channel of the {role} is not in step with the other one",
    "role_swap_suspected": "agent and customer may be swapped",
}
"""Defect of a channel → why its metrics say nothing of whoever speaks there."""

IN_STEP_ONLY = ("out_of_step",)
"""Defects that matter to metrics of times alone."""

CallRow = Mapping[str, Any]


def evaluate_by_metrics(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    cards: CardFolder,
    made_at: dt.datetime,
) -> ReviewRows:
    """The evaluations of the days' calls by each card that is for their day and has questions that metrics answer."""
    rows = no_rows()
    answered = {day: [card for card in cards.on(day) if _is_answered(card)] for day in days}
    by_metrics = {day: found for day, found in answered.items() if found}
    if not by_metrics:
        return rows
    columns = {card.version: CardColumns(card) for found in by_metrics.values() for card in found}
    for calls in _calls(connection, sorted(by_metrics)):
        wanted = [call["call_id"] for call in calls if any(map(_needs_places, by_metrics[call["call_date"]]))]
        places = _places(connection, sorted(by_metrics), wanted)
        for call in calls:
            for card in by_metrics[call["call_date"]]:
                _evaluate(rows, columns[card.version], call, places.get(call["call_id"]), made_at)
    return rows


def cards_by_metrics(cards: CardFolder) -> tuple[Card, ...]:
    """The cards of which metrics answer at least one question."""
    return tuple(placed.card for placed in cards.cards if _is_answered(placed.card))


def doubt(metric: str, call: CallRow) -> str | None:
    """Why a metric of a call says nothing of the people in it; None where it does. `call` is a row of
    list_calls_to_answer."""
    if call["status"] == "failed":
        return "the call was not transcribed"
    if call.get(metric) is None:
        entry = CATALOGUE.get(metric)
        return f"{metric} is not known" + (f" ({entry.null_rule.replace('`', '')})" if entry else "")
    if call["agents"] > 1:
        return "several agents took part"
    if call["voices_unsure"]:
        return "the voices on the one channel were not told apart for sure"
    return next(_doubts_of_sound(metric, call), None)


def _doubts_of_sound(metric: str, call: CallRow) -> Iterator[str]:
    entry = CATALOGUE[metric]
    for role in entry.roles:
        for defect, why in DOUBTFUL.items():
            if defect in call[f"{role}_defects"] and (entry.needs_times or defect not in IN_STEP_ONLY):
                yield why.format(role=role)
        if call.get(f"{role}_words_without_sound"):
            yield f"words of the {role} have no sound"
        if call.get(f"{role}_sound_without_words"):
            yield f"sound of the {role} has no words"
    if entry.side is not None and call.get("agent_channel_suspect"):
        yield DOUBTFUL["role_swap_suspected"]


def _evaluate(
    rows: ReviewRows,
    columns: CardColumns,
    call: CallRow,
    places: SpokenPlaces | None,
    made_at: dt.datetime,
) -> None:
    card = columns.card
    facts = facts_of(call)
    questions = {question.id: question for question in card.questions if question.answered_by is not None}
    doubts = {key: doubt(_metric(question), call) for key, question in questions.items()}
    given = {key: _given(question, facts, doubts[key]) for key, question in questions.items()}
    score = score_call(card, given, facts)
    evaluation_id = machine_evaluation_id(card, call["call_id"])
    rows["evaluations"].append(
        {
            "evaluation_id": evaluation_id,
            "call_id": call["call_id"],
            "scorecard_id": card.scorecard,
            "scorecard_version": card.version,
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
        if (question := questions.get(scored.question)) is not None:
            found = () if places is None else _found(question, scored, facts, places, _limits(call))
            answer = columns.of_answer(scored.question, answer_kind(scored.answer), answer_value(scored.answer))
            rows["evaluation_answers"].append(
                {
                    "evaluation_id": evaluation_id,
                    "call_id": call["call_id"],
                    **answer,
                    **{name: getattr(scored, name) for name in ("earned", "possible", "weight")},
                    "source": "condition" if scored.answer is NoOption.NOT_ASKED else "metric",
                    "actor": _metric(question),
                    "reason": _reason(question, scored, doubts[scored.question], facts),
                    "evidence": [_evidence(place) for place in found],
                    "answered_at": made_at,
                }
            )


def machine_evaluation_id(card: Card, call_id: str) -> str:
    """The id of what metrics evaluate of a call by this version of a card: the same each time it is made."""
    return hashlib.sha256(json.dumps(["metric", card.scorecard, card.version, call_id]).encode()).hexdigest()[:32]


def facts_of(call: CallRow) -> CallFacts:
    """What conditions of a card look at, of a row of list_calls_to_answer."""
    metrics = {name: float(call[name]) for name in CATALOGUE if isinstance(call.get(name), int | float)}
    return CallFacts(metrics, {name: None if call[name] is None else str(call[name]) for name in METADATA})


def _given(question: Question, facts: CallFacts, said: str | None) -> Given:
    answer = None if said else metric_answer(question, facts.metrics)
    return NoOption.CANNOT_TELL if answer is None else answer


def _found(
    question: Question, scored: Scored, facts: CallFacts, places: SpokenPlaces, limits: PlaceLimits
) -> tuple[Place, ...]:
    if isinstance(scored.answer, NoOption):
        return ()
    value = facts.metrics[_metric(question)]
    return places_of(_metric(question), float(value or 0), places, limits)


def _limits(call: CallRow) -> PlaceLimits:
    written = json.loads(call["thresholds"] or "{}")
    names = ("dead_air_ms", "turn_taking_ms")
    return PlaceLimits(*(float(written.get(name, getattr(DEFAULTS, name))) for name in names))


def _reason(question: Question, scored: Scored, said: str | None, facts: CallFacts) -> str | None:
    if scored.answer is not NoOption.CANNOT_TELL:
        return None
    return said or f"nothing of the question holds {facts.metrics[_metric(question)]:.12g}"


def _evidence(place: Place) -> dict[str, Any]:
    return {
        "role": place.role,
        "sentence_ids": list(place.sentence_ids),
        "begin_ms": place.begin_ms,
        "end_ms": place.end_ms,
    }


def _metric(question: Question) -> str:
    assert question.answered_by is not None
    return question.answered_by.metric


def _is_answered(card: Card) -> bool:
    return any(question.answered_by is not None for question in card.questions)


def _needs_places(card: Card) -> bool:
    return any(has_places(_metric(question)) for question in card.questions if question.answered_by is not None)


def _calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> Iterator[list[dict[str, Any]]]:
    answer = connection.execute(read_sql("steps/list_calls_to_answer.sql"), {"days": list(days)})
    names = [column[0] for column in answer.description or ()]
    rows: Iterable[tuple[Any, ...]] = iter(answer.fetchall())
    while some := [dict(zip(names, row, strict=True)) for row in islice(rows, AT_ONCE)]:
        yield some


def _places(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], call_ids: Sequence[str]
) -> dict[str, SpokenPlaces]:
    if not call_ids:
        return {}
    values = {"days": list(days), "call_ids": list(call_ids)}
    rows = connection.execute(read_sql("steps/list_places_of_calls.sql"), values).fetchall()
    return {
        call_id: SpokenPlaces(
            [(begin, end) for begin, end in agent],
            [(begin, end) for begin, end in customer],
            [(begin, end) for begin, end in recordings],
            [TurnPlace(**turn) for turn in turns],
        )
        for call_id, agent, customer, recordings, turns in rows
    }
