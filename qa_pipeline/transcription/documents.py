"""One entry for every document a transcript can come in: told apart by its content, never by its name.

The raw store keeps documents as they came, whoever made them. The content says which one a file is; a new kind is one
more line of `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa_pipeline.transcription.generation import is_generation, read_generation
from qa_pipeline.transcription.imports.reading import read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.mending import read_result
from qa_pipeline.transcription.results import TranscriptionResult

Recognizes = Callable[[bytes], bool]
Reads = Callable[[bytes, int], TranscriptionResult]


def _read_generation(raw: bytes, channel_id: int) -> TranscriptionResult:
    return read_generation(raw, channel_id=channel_id)


READERS: tuple[tuple[Recognizes, Reads], ...] = ((is_generation, _read_generation),)
"""Tried in order; what none recognizes is read as a result file of the service."""


def read_document(
    raw: bytes, *, channel_id: int, asked: Sequence[int] = (), voices: CallSpeakers | None = None
) -> TranscriptionResult:
    """What a stored document says. `channel_id` is the channel asked for, where the document itself names none; `asked`
    are all channels of its task.

    With `voices` it is somebody else's transcript, taken in from a file, and read as such; without, an answer of
    the service.

    Raises:
        BadResult: the document can't be read; the message names the place.
    """
    if voices is not None:
        return read_import(raw, voices).result
    for recognizes, reads in READERS:
        if recognizes(raw):
            return reads(raw, channel_id)
    return read_result(raw, asked or (channel_id,))
