"""SubRip subtitles, which nearly every player shows."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.export.transcripts import ExportedCall, clock, full_lines, one_line

NOTE_MS = 1
"""SubRip has no comments: a first cue of this length names the engine, too short to be seen."""


def to_srt(call: ExportedCall) -> str:
    """The call as SubRip text. Cues of both roles may overlap, as people do.

    SubRip has no escapes: `-->` inside a sentence becomes `-- >`, and `<` stays as it was said.
    """
    return "".join(f"{number}\n{cue}\n" for number, cue in enumerate(_cues(call), start=1))


def _cues(call: ExportedCall) -> Iterator[str]:
    yield _cue(0, NOTE_MS, one_line(f"Call {call.call_id}, transcribed by {call.engine}"))
    for speaker, sentence in call.spoken():
        text = f"{one_line(speaker)}: " + "\n".join(full_lines(sentence.text))
        begin_ms, end_ms = sentence.span_ms
        yield _cue(begin_ms, max(end_ms, begin_ms + 1), text.rstrip())


def _cue(begin_ms: int, end_ms: int, text: str) -> str:
    return f"{clock(begin_ms, ',')} --> {clock(end_ms, ',')}\n{text.replace('-->', '-- >')}\n"
