"""What the arithmetic knows of a sentence: a named tuple, so that a row of the table becomes one without copying."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.conversation.intervals import NOTHING, Coverage
from qa_pipeline.transcription.roles import Role

ROLES: tuple[Role, ...] = ("agent", "customer")

OTHER: dict[Role, Role] = {"agent": "customer", "customer": "agent"}


class SpokenSentence(NamedTuple):
    """One sentence; times in ms from the start of the call, both None where the model gives none.

    `segment` is the number of its recording, in order of time, where a call has several.
    The fields have the order in which `SpokenSentence._make` takes a row of
    `select role, channel_id, sentence_id, begin_ms, end_ms, text, language, emotion, segment, confidence` and the
    confidences of its words `from sentences`; None or an empty list where the engine gives them none.
    """

    role: Role
    channel_id: int
    sentence_id: int
    begin_ms: int | None
    end_ms: int | None
    text: str
    language: str | None = None
    emotion: str | None = None
    segment: int = 0
    confidence: float | None = None
    word_confidences: Sequence[float] | None = None


class TimedSentence(NamedTuple):
    """A sentence with its place inside the recording: what it says, and when, never past the recording's end."""

    begin_ms: int
    end_ms: int
    sentence: SpokenSentence

    @property
    def length_ms(self) -> int:
        """Length in ms."""
        return self.end_ms - self.begin_ms


@dataclass(frozen=True, slots=True)
class RoleSentences:
    """What one role said: all its sentences in order, and their places, None where any of them has no time."""

    sentences: tuple[SpokenSentence, ...]
    placed: tuple[TimedSentence, ...] | None


def sentences_of_role(
    role: Role, sentences: Iterable[SpokenSentence], duration_ms: int, unrecorded: Coverage = NOTHING
) -> RoleSentences:
    """The sentences of `role`, in order of time, or of their ids where one has no time.

    A service may round the last sentence past the end of a recording; it is cut there, so that talk and silence
    add up to what was recorded.

    Raises:
        ValueError: a sentence has half a time, a negative one, or ends before it begins.
    """
    own = [sentence for sentence in sentences if sentence.role == role]
    for sentence in own:
        _refuse_impossible_times(sentence)

    def inside(moment: int) -> int:
        return unrecorded.outside(min(moment, duration_ms))

    placed = [
        TimedSentence(inside(sentence.begin_ms), inside(sentence.end_ms), sentence)
        for sentence in own
        if sentence.begin_ms is not None and sentence.end_ms is not None
    ]
    if len(placed) < len(own):
        return RoleSentences(tuple(sorted(own, key=lambda sentence: sentence.sentence_id)), None)
    placed.sort(key=lambda item: (item.begin_ms, item.end_ms, item.sentence.sentence_id))
    return RoleSentences(tuple(item.sentence for item in placed), tuple(placed))


def _refuse_impossible_times(sentence: SpokenSentence) -> None:
    begin_ms, end_ms = sentence.begin_ms, sentence.end_ms
    if begin_ms is None and end_ms is None:
        return
    if begin_ms is None or end_ms is None:
        why = "has only one of begin and end"
    elif begin_ms < 0:
        why = f"begins at {begin_ms} ms, before the recording"
    elif end_ms < begin_ms:
        why = f"ends at {end_ms} ms, before it begins at {begin_ms} ms"
    else:
        return
    raise ValueError(f"sentence {sentence.sentence_id} of channel {sentence.channel_id} {why}")
