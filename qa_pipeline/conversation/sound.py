"""Two checks on the recognizer, which gives no confidence: words where nothing sounds, and sound without words.

The second is also where hold music, ringing and other voices show: activity that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Coverage, Interval, difference, length, union
from qa_pipeline.conversation.sentences import TimedSentence


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """Counts, and lengths in ms."""

    unheard_sentences: int
    unheard_ms: int
    wordless_stretches: int
    wordless_ms: int


def check_sound(
    placed: Sequence[TimedSentence], sounding: Iterable[Interval], duration_ms: int, thresholds: MetricThresholds
) -> SoundCheck:
    """Compares a role's sentences with the segments in which its channel sounds, both in ms.

    Words without sound: sentences of which less than `heard_share` sounds. Sound without words: stretches of
    `wordless_sound_ms` or more that are further than `sound_margin_ms` from every sentence.
    """
    heard = Coverage((max(0, begin), min(end, duration_ms)) for begin, end in sounding)
    unheard = [
        item
        for item in placed
        if heard.covered_ms(item.begin_ms, item.end_ms) < thresholds.heard_share * item.length_ms
    ]
    margin = thresholds.sound_margin_ms
    near_words = union((item.begin_ms - margin, item.end_ms + margin) for item in placed)
    stretches = [
        (begin, end)
        for begin, end in difference(heard.intervals, near_words)
        if end - begin >= thresholds.wordless_sound_ms
    ]
    return SoundCheck(
        unheard_sentences=len(unheard),
        unheard_ms=length(union((item.begin_ms, item.end_ms) for item in unheard)),
        wordless_stretches=len(stretches),
        wordless_ms=length(stretches),
    )
