"""What metrics answer to the calls of some days, with the places that a figure comes from.

What a metric can't tell is `cannot_tell` with the reason, and never the answer that costs points: a party that was not
heard has interrupted nobody, and that says nothing of the agent.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence

import duckdb

from qa_pipeline.conversation.analysis import DEFAULTS
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.evidence import Place, PlaceLimits, SpokenPlaces, TurnPlace, has_places, places_of
from qa_pipeline.reading.machine_answers import SEVERAL_AGENTS, CallRow, MachineAnswer
from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.metric_answers import metric_answer
from qa_pipeline.scorecards.scoring import CallFacts, NoOption
from qa_pipeline.statements.files import read_sql

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


def answer_by_metric(question: Question, metric: str, call: CallRow, facts: CallFacts) -> MachineAnswer:
    """What the metric of the call says to a question that it answers."""
    said = doubt(metric, call)
    answer = NoOption.CANNOT_TELL if said else metric_answer(question, facts.metrics)
    if answer is None or answer is NoOption.CANNOT_TELL:
        why = said or f"nothing of the question holds {facts.metrics[metric]:.12g}"
        return MachineAnswer(NoOption.CANNOT_TELL, "metric", metric, why)
    return MachineAnswer(answer, "metric", metric)


def doubt(metric: str, call: CallRow) -> str | None:
    """Why a metric of a call says nothing of the people in it; None where it does. `call` is a row of
    list_calls_to_answer."""
    if call["status"] == "failed":
        return "the call was not transcribed"
    if call.get(metric) is None:
        entry = CATALOGUE.get(metric)
        return f"{metric} is not known" + (f" ({entry.null_rule.replace('`', '')})" if entry else "")
    if call["agents"] > 1:
        return SEVERAL_AGENTS
    if call["voices_unsure"]:
        return "the voices on the one channel were not told apart for sure"
    return next(_doubts_of_sound(metric, call), None)


def places_in(metric: str, call: CallRow, facts: CallFacts, places: SpokenPlaces | None) -> tuple[Place, ...]:
    """The places of a call that its figure comes from."""
    if places is None:
        return ()
    written = json.loads(call["thresholds"] or "{}")
    names = ("dead_air_ms", "turn_taking_ms")
    limits = PlaceLimits(*(float(written.get(name, getattr(DEFAULTS, name))) for name in names))
    return places_of(metric, float(facts.metrics[metric] or 0), places, limits)


def needs_places(card: Card) -> bool:
    """Whether any figure that answers a question comes from places of the call."""
    metrics = (question.answered_by.metric for question in card.questions if question.answered_by is not None)
    return any(has_places(metric) for metric in metrics if metric is not None)


def spoken_places(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], call_ids: Sequence[str]
) -> dict[str, SpokenPlaces]:
    """When who spoke in these calls of the days."""
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
