"""Sound of several readers taken in step: so many samples from each, whatever the pieces in which they come."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np

from qa_pipeline.audio.samples import Samples


class InStep:
    """Gives what an iterator of int16 arrays (channels, samples) yields in pieces of the asked length."""

    def __init__(self, pieces: Iterator[Samples], channels: int) -> None:
        self._pieces = pieces
        self._held: Samples = np.zeros((channels, 0), np.int16)

    def read(self, samples: int) -> Samples:
        """The next `samples`, fewer only at the end."""
        waiting = [self._held]
        held = self._held.shape[1]
        while held < samples and (piece := next(self._pieces, None)) is not None:
            waiting.append(piece)
            held += piece.shape[1]
        joined = np.concatenate(waiting, axis=1) if len(waiting) > 1 else self._held
        self._held = joined[:, samples:]
        return joined[:, :samples]


def at_rate(blocks: Iterator[Samples], own_rate: int, rate: int) -> Iterator[Samples]:
    """The same sound at another rate (FFmpeg's resampler), each channel on its own."""
    if own_rate == rate:
        yield from blocks
        return
    converters: list[av.AudioResampler] = []
    for block in blocks:
        converters = converters or [av.AudioResampler(format="s16", layout="mono", rate=rate) for _ in block]
        yield _rows([_converted(each, row, own_rate) for each, row in zip(converters, block, strict=True)])
    if converters:
        yield _rows([_joined(each.resample(None)) for each in converters])


def _converted(converter: av.AudioResampler, row: Samples, own_rate: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(row)[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = own_rate
    return _joined(converter.resample(frame))


def _joined(frames: list[av.AudioFrame]) -> Samples:
    pieces = [frame.to_ndarray()[0].astype(np.int16, copy=False) for frame in frames]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def _rows(rows: list[Samples]) -> Samples:
    return np.stack(rows)
