"""From a call's sentences to its turns and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from qa_pipeline.conversation.agents import analyse_agents, unrecorded_in
from qa_pipeline.conversation.analysis import Conversation, analyse_call
from qa_pipeline.conversation.announcements import without_announcements
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import difference, union
from qa_pipeline.warehouse.conversations import SpokenCall


def conversations(
    calls: Iterator[SpokenCall], thresholds: MetricThresholds, faults: dict[str, str]
) -> Iterator[tuple[SpokenCall, Conversation]]:
    """Each call with its turns and metrics. One that cannot be computed is left out, with the reason in `faults`, by
    call id."""
    for call in calls:
        try:
            conversation = _analyse(call, thresholds)
        except ValueError as error:
            faults[call.call_id] = f"call {call.call_id} has no metrics: {error}"
        else:
            yield call, conversation


def _analyse(call: SpokenCall, thresholds: MetricThresholds) -> Conversation:
    recordings = call.recordings
    unrecorded = [] if recordings is None else unrecorded_in(recordings, round(call.duration_s * 1000))
    sentences, announcements = without_announcements(call.sentences, thresholds)
    announced = {role: [each.interval for each in announcements if each.role == role] for role in call.speech}
    speech = {role: difference(spans, union([*unrecorded, *announced[role]])) for role, spans in call.speech.items()}
    conversation = analyse_call(
        sentences,
        call.duration_s,
        thresholds,
        speech=speech,
        known_roles=call.known_roles,
        direction=call.direction,
        unrecorded=unrecorded,
        is_one_channel=call.is_one_channel,
    )
    conversation = replace(conversation, announcements=announcements)
    if call.is_one_channel or not recordings or not call.has_several_agents:
        return conversation
    by_agent = analyse_agents(
        sentences,
        recordings,
        thresholds,
        speech=speech,
        known_roles=call.known_roles,
        direction=call.direction,
    )
    return replace(conversation, by_agent=by_agent)
