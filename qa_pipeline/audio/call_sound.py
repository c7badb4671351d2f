"""The sound of a call as one file, whatever it was recorded in: a channel per party over the whole of its time.

Each source is decoded once and placed where it begins; where nothing was recorded there is silence. It is read and
written block by block, so twelve hours take no more memory than a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.muting import Muting, silenced
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sent_copies import write_flac
from qa_pipeline.audio.side_by_side import InStep, at_rate

BLOCK_S = 10
MOST_CHANNELS = 8
"""What FLAC takes."""


@dataclass(frozen=True, slots=True)
class PlacedSound:
    """One channel of a file (0-based), the channel of the call that it is, and how long after the call it begins."""

    path: Path
    source_channel: int
    channel_id: int
    offset_ms: int


def write_call_sound(
    placed: Sequence[PlacedSound], target: Path, mute: Callable[[int, int], Muting] | None = None
) -> None:
    """Writes the sound of a call as FLAC of 16 bits at the highest rate among its files; of more than eight channels
    the first eight. `target` is whole or not there. `mute` says what of it is silent, by the channels and the sample
    rate that it has.

    Raises:
        UnusableAudio: a file can't be decoded.
    """
    rates, channels = {}, {}
    for path in {item.path for item in placed}:
        with open_audio(path) as audio:
            rates[path], channels[path] = audio.sample_rate, audio.channels
    rate, count = max(rates.values()), min(MOST_CHANNELS, 1 + max(item.channel_id for item in placed))
    files: dict[tuple[Path, int], list[PlacedSound]] = {}
    for item in placed:
        files.setdefault((item.path, item.offset_ms), []).append(item)
    readers = [
        _Reader(
            InStep(at_rate(decode_blocks(path), rates[path], rate), channels[path]),
            begin=round(offset_ms * rate / 1000),
            rows=tuple((item.source_channel, item.channel_id) for item in items if item.channel_id < count),
        )
        for (path, offset_ms), items in files.items()
    ]
    blocks = _blocks(readers, count, BLOCK_S * rate)
    part = target.with_name(f".{target.name}.part")
    try:
        write_flac(blocks if mute is None else silenced(blocks, mute(count, rate)), count, rate, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@dataclass(slots=True)
class _Reader:
    sound: InStep
    begin: int
    rows: tuple[tuple[int, int], ...]
    is_at_end: bool = False

    def add_to(self, block: np.ndarray[tuple[int, int], np.dtype[np.int32]], at: int) -> int:
        """Adds what it has of a block that begins at sample `at`; returns how far in the block it reaches."""
        lead = max(0, self.begin - at)
        if self.is_at_end or lead >= block.shape[1]:
            return 0
        samples = self.sound.read(block.shape[1] - lead)
        self.is_at_end = samples.shape[1] < block.shape[1] - lead
        for source_channel, channel_id in self.rows:
            block[channel_id, lead : lead + samples.shape[1]] += samples[source_channel]
        return lead + samples.shape[1] if samples.shape[1] else 0


def _blocks(readers: Sequence[_Reader], channels: int, frames: int) -> Iterator[Samples]:
    at = 0
    while not all(reader.is_at_end for reader in readers):
        block = np.zeros((channels, frames), np.int32)
        reached = max(reader.add_to(block, at) for reader in readers)
        is_last = all(reader.is_at_end for reader in readers)
        at += frames
        # two recordings may share some time, as in a transfer
        yield np.clip(block[:, : reached if is_last else frames], -32768, 32767).astype(np.int16)
