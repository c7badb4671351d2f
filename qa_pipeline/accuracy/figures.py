"""Error rates of groups, and the sentences that cost most.

Rates are of the whole: all errors of a group over all units of its references, not a mean of rates, in which a
call of two words would weigh as much as one of two thousand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.accuracy.errors import Counts, SentenceErrors
from qa_pipeline.accuracy.pairing import MeasuredChannel

Measure = Literal["words", "characters"]
NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What a figure is of: `all`, or one `language`, `role` or `model` by name."""

    kind: Literal["all", "language", "role", "model"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


CallCounts = dict[str, Counts]
Figures = dict[tuple[Group, Measure], CallCounts]
"""Counts by group and measure, then by call."""

_BAND_BEGINS = (0.9, 0.7, 0.5, 0.3, 0.0)


@dataclass(frozen=True, slots=True)
class Band:
    """Confidences from `begin` up to, and without, `end`; the last band has 1 in it."""

    begin: float
    end: float

    def __str__(self) -> str:
        return f"{self.begin:g} to {self.end:g}" if self.begin else f"below {self.end:g}"


@dataclass(frozen=True, slots=True)
class Judged:
    """Units of transcripts, and how many of them are wrong."""

    heard: int = 0
    wrong: int = 0

    @property
    def rate(self) -> float | None:
        """Wrong ones for each unit; None without any."""
        return self.wrong / self.heard if self.heard else None


Bands = dict[tuple[str, Band], Judged]
"""By what made the transcripts and how sure it was of a word, the surest first."""

_BANDS = tuple(Band(begin, end) for begin, end in zip(_BAND_BEGINS, (1.0, *_BAND_BEGINS), strict=False))
_ORDER = ("all", "language", "role", "model")


def figures(channels: Iterable[MeasuredChannel]) -> Figures:
    """Counts of every group that occurs: all, languages, roles, models; within a group words before characters.

    A group in which nothing was said and nothing was heard is none.
    """
    found: dict[tuple[Group, Measure], defaultdict[str, Counts]] = {}
    for channel in channels:
        for sentence in channel.sentences:
            for group in _groups(channel, sentence):
                for measure, counts in _counts(sentence):
                    calls = found.setdefault((group, measure), defaultdict(Counts))
                    calls[channel.call_id] += counts
    something = [key for key, calls in found.items() if any(counts != Counts() for counts in calls.values())]
    ordered = sorted(something, key=lambda key: (_ORDER.index(key[0].kind), key[0].name, key[1] == "characters"))
    return {key: dict(found[key]) for key in ordered}


def bands(channels: Iterable[MeasuredChannel]) -> Bands:
    """How often each engine's words are wrong at each confidence; words without one are left out, and empty bands."""
    found: Counter[tuple[str, Band, bool]] = Counter()
    for channel in channels:
        for sentence in channel.sentences:
            for confidence, is_wrong in sentence.judged:
                band = next(band for band in _BANDS if confidence >= band.begin)
                found[channel.made_by, band, is_wrong] += 1
    return {
        (engine, band): Judged(right + wrong, wrong)
        for engine in sorted({engine for engine, _, _ in found})
        for band in _BANDS
        if (right := found[engine, band, False]) + (wrong := found[engine, band, True])
    }


def total(calls: CallCounts) -> Counts:
    """The counts of all calls added up, of which rates are computed (pooled, not a mean of rates)."""
    return sum(calls.values(), start=Counts())


def worst(channels: Iterable[MeasuredChannel], number: int) -> list[tuple[MeasuredChannel, SentenceErrors]]:
    """The sentences with the most errors × error rate, worst first; sentences without an error are never among them.

    By the rate alone two-word sentences would come first, by errors alone long ones.
    """
    wrong = [(channel, sentence) for channel in channels for sentence in channel.sentences if sentence.main.edits]
    return sorted(wrong, key=lambda pair: -_weight(pair[1].main))[:number]


def _weight(counts: Counts) -> float:
    return counts.edits**2 / max(counts.reference, 1)


def _groups(channel: MeasuredChannel, sentence: SentenceErrors) -> Iterator[Group]:
    yield Group("all")
    yield Group("language", sentence.utterance.language or NOT_GIVEN)
    yield Group("role", channel.role or f"channel {channel.channel_id}")
    yield Group("model", channel.made_by)


def _counts(sentence: SentenceErrors) -> Iterator[tuple[Measure, Counts]]:
    if sentence.words is not None:
        yield "words", sentence.words
    yield "characters", sentence.characters
