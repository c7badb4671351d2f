"""Silence in place of stretches of a sound that are not to be heard, to the sample and channel by channel."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.audio.samples import Samples

MARGIN_MS = 250
"""Silent before and after a stretch as well: recognizers place words to within two tenths of a second."""

Stretch = tuple[int, int]
"""First sample, and the one after the last."""

TO_THE_END = 2**62
"""Behind the last sample of every sound."""


@dataclass(frozen=True, slots=True)
class Muting:
    """Which samples are silent: for each channel stretches in order that don't touch."""

    channels: tuple[tuple[Stretch, ...], ...]

    @property
    def mark(self) -> str:
        """Another one whenever other samples are silent."""
        return hashlib.sha256(repr(self.channels).encode()).hexdigest()[:16]

    def silence(self, samples: Samples, first: int) -> Samples:
        """The samples, shape (channels, samples), that begin with sample `first` of the sound; changed ones are a copy.

        Raises:
            ValueError: the sound has another number of channels.
        """
        if len(samples) != len(self.channels):
            raise ValueError(f"{len(self.channels)} channels are muted and {len(samples)} are there")
        end, changed = first + samples.shape[1], samples
        for channel, stretches in enumerate(self.channels):
            for begin, stop in _within(stretches, first, end):
                if changed is samples:
                    changed = samples.copy()
                changed[channel, max(0, begin - first) : stop - first] = 0
        return changed

    def silence_bytes(self, block: bytes, first: int) -> bytes:
        """As `silence`, of 16-bit samples, little-endian and interleaved."""
        samples = np.frombuffer(block, "<i2").reshape(-1, len(self.channels)).T
        changed = self.silence(samples, first)
        return block if changed is samples else np.ascontiguousarray(changed.T).tobytes()


def silenced(blocks: Iterable[Samples], muting: Muting) -> Iterator[Samples]:
    """A sound, block after block from its beginning, with silence where it is muted."""
    at = 0
    for block in blocks:
        yield muting.silence(block, at)
        at += block.shape[1]


def muting(spans: Mapping[int, Sequence[tuple[int | None, int | None]]], *, channels: int, sample_rate: int) -> Muting:
    """What is muted of a sound: for channels of it spans in ms, each with a margin. Where a span has no times, nothing
    of the channel is heard."""
    return Muting(tuple(_joined(spans.get(channel, ()), sample_rate) for channel in range(channels)))


def _joined(spans: Iterable[tuple[int | None, int | None]], rate: int) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for begin, stop in sorted(_samples(begin_ms, end_ms, rate) for begin_ms, end_ms in spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((begin, stop))
    return tuple(found)


def _samples(begin_ms: int | None, end_ms: int | None, rate: int) -> Stretch:
    """From the sample at or before the begin to the one at or after the end."""
    if begin_ms is None or end_ms is None:
        return 0, TO_THE_END
    begin, stop = min(begin_ms, end_ms) - MARGIN_MS, max(begin_ms, end_ms) + MARGIN_MS
    return max(0, begin * rate // 1000), -(-stop * rate // 1000)


def _within(stretches: Sequence[Stretch], first: int, end: int) -> Iterator[Stretch]:
    """Those that reach into the samples from `first` up to and without `end`."""
    place = max(0, bisect_right(stretches, (first, TO_THE_END)) - 1)
    for begin, stop in stretches[place:]:
        if begin >= end:
            return
        if stop > first:
            yield begin, stop
