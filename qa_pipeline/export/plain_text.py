"""A transcript for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.export.transcripts import LABELS, ExportedCall, ExportedRecording, clock, one_line
from qa_pipeline.transcription.results import Sentence


def to_plain_text(call: ExportedCall) -> str:
    """What is known of the call, then one line per sentence: when, who, language and emotion if known, and what."""
    return "".join(f"{line}\n" for line in _lines(call))


def _lines(call: ExportedCall) -> Iterator[str]:
    agents = ", then ".join(filter(None, (_agent(agent_id, name) for agent_id, name in call.agents)))
    facts = {
        "Call": call.call_id,
        "Started": call.started_at.isoformat(" ", "seconds") if call.started_at else None,
        "Agent": agents or None,
        "Customer": call.customer_id,
        "Queue": call.queue,
        "Direction": call.direction,
        "Recording": None if call.recordings else call.file_name,
        **{f"Recording {number}": _recording(each) for number, each in enumerate(call.recordings, 1)},
        "Transcribed by": call.engine,
    }
    for name, value in facts.items():
        if value is not None:
            yield f"{name}: {one_line(value)}"
    for role in call.missing_roles:
        yield f"No transcript: {LABELS[role]}"
    yield ""
    for speaker, sentence in call.spoken():
        at = "" if sentence.begin_ms is None else f"[{clock(sentence.begin_ms)}] "
        yield f"{at}{speaker}{_labels(sentence)}: {one_line(sentence.text)}".rstrip()


def _agent(agent_id: str | None, name: str | None) -> str:
    return f"{name} ({agent_id})" if name and agent_id else name or agent_id or ""


def _recording(each: ExportedRecording) -> str:
    parts = (each.file_name, f"from {clock(each.begin_ms)}", _agent(each.agent_id, each.agent_name), each.queue)
    return ", ".join(filter(None, parts))


def _labels(sentence: Sentence) -> str:
    known = [label for label in (sentence.language, sentence.emotion) if label]
    return f" ({', '.join(known)})" if known else ""
