"""WebVTT subtitles, which browsers show beside sound (<https://www.w3.org/TR/webvtt1/>)."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.export.transcripts import ExportedCall, clock, full_lines, one_line


def to_webvtt(call: ExportedCall) -> str:
    """The call as WebVTT text: a voice for each role, a note that names the engine. Cues may overlap."""
    return "\n".join(_blocks(call))


def escaped(text: str) -> str:
    """Text as WebVTT cue text: its three signs as references, so that `-->` and tags are only words."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(call: ExportedCall) -> Iterator[str]:
    yield "WEBVTT\n"
    note = one_line(f"Call {call.call_id}, transcribed by {call.engine}")
    yield f"NOTE {note.replace('-->', '-- >')}\n"
    for number, (speaker, sentence) in enumerate(call.spoken(), start=1):
        begin_ms, ended_ms = sentence.span_ms
        end_ms = max(ended_ms, begin_ms + 1)  # a cue must end after it begins
        text = "\n".join(escaped(line) for line in full_lines(sentence.text))
        yield f"{number}\n{clock(begin_ms)} --> {clock(end_ms)}\n<v {one_line(speaker)}>{text}\n"
