"""Sentences that a recording says and no person: "your call is important to us", "leave a message after the tone".

Nothing in the sound tells a recorded voice from a live one; what is said does, where nobody would say it. Such
sentences are in no turn, no talk time and no other metric, and the time in which they sound is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Interval
from qa_pipeline.conversation.phrases import announcements_in
from qa_pipeline.conversation.sentences import SpokenSentence
from qa_pipeline.transcription.roles import Role

ONE_MS = 2000
"""Announcements no further apart are one."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A stretch of a channel in ms in which a recording speaks."""

    role: Role
    channel_id: int
    begin_ms: int
    end_ms: int

    @property
    def interval(self) -> Interval:
        return self.begin_ms, self.end_ms


def without_announcements(
    sentences: Sequence[SpokenSentence], thresholds: MetricThresholds
) -> tuple[list[SpokenSentence], tuple[Announcement, ...]]:
    """What people said, and where recordings spoke, by channel in the order of time. A sentence without times is left
    out like the others, and has no stretch."""
    said, announced = list[SpokenSentence](), list[SpokenSentence]()
    for sentence in sentences:
        is_recorded = announcements_in(sentence.text, sentence.language, thresholds.announcements)
        (announced if is_recorded else said).append(sentence)
    return said, tuple(_stretches(announced))


def _stretches(announced: Iterable[SpokenSentence]) -> list[Announcement]:
    timed = [
        Announcement(each.role, each.channel_id, each.begin_ms, each.end_ms)
        for each in announced
        if each.begin_ms is not None and each.end_ms is not None
    ]
    found: list[Announcement] = []
    for each in sorted(timed, key=lambda stretch: (stretch.channel_id, stretch.begin_ms, stretch.end_ms)):
        last = found[-1] if found else None
        if last and last.channel_id == each.channel_id and each.begin_ms - last.end_ms <= ONE_MS:
            found[-1] = Announcement(last.role, last.channel_id, last.begin_ms, max(last.end_ms, each.end_ms))
        else:
            found.append(each)
    return found
