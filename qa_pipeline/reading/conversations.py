"""From a call's sentences to its turns and metrics."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.conversation.analysis import Conversation, analyse_call
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.warehouse.conversations import SpokenCall


def conversations(
    calls: Iterator[SpokenCall], thresholds: MetricThresholds, faults: list[str]
) -> Iterator[tuple[SpokenCall, Conversation]]:
    """Each call with its turns and metrics. One that cannot be computed is named in `faults` and left out."""
    for call in calls:
        try:
            conversation = analyse_call(
                call.sentences,
                call.duration_s,
                thresholds,
                speech=call.speech,
                known_roles=call.known_roles,
                direction=call.direction,
            )
        except ValueError as error:
            faults.append(f"call {call.call_id} has no metrics: {error}")
        else:
            yield call, conversation
