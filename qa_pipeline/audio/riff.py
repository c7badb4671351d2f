"""Reads the one number FFmpeg keeps to itself: how many bytes of sound a WAV header promises.

For PCM FFmpeg reports the promised length, for G.711 and other codings it measures the file instead, so a call cut
off in the middle would look whole.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO, Literal

UNKNOWN_LENGTH_BYTES = 0x7FFF_0000
"""Recorders that write to a pipe can't know the size and claim 0 or (almost) the most they can, 2 or 4 GiB."""

_MAX_CHUNKS = 10_000
_CHUNK_HEADER_BYTES = 8
_RIFF_HEADER_BYTES = 12
_SIZE_IN_DS64 = 0xFFFF_FFFF


@dataclass(frozen=True)
class WavData:
    """The data chunk: bytes its header promises, and bytes of the file that follow the header."""

    promised_bytes: int
    present_bytes: int


def find_wav_data(file: BinaryIO) -> WavData | None:
    """The data chunk of a RIFF, RIFX, RF64 or BW64 file; None if there is none or its length is not given.

    The file's position is moved.
    """
    size_bytes = os.fstat(file.fileno()).st_size
    file.seek(0)
    order: Literal["big", "little"] = "big" if file.read(4) == b"RIFX" else "little"
    at, size_in_ds64 = _RIFF_HEADER_BYTES, 0
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_CHUNK_HEADER_BYTES)
        if len(head) < _CHUNK_HEADER_BYTES:
            return None
        kind, size = head[:4], int.from_bytes(head[4:], order)
        at += _CHUNK_HEADER_BYTES
        if kind == b"ds64":
            size_in_ds64 = int.from_bytes(file.read(16)[8:], "little")
        if kind == b"data":
            return _known(size, size_in_ds64, size_bytes - at)
        at += size + size % 2
    return None


def _known(size: int, size_in_ds64: int, present_bytes: int) -> WavData | None:
    if size == _SIZE_IN_DS64 and size_in_ds64:
        return WavData(size_in_ds64, present_bytes)
    unknown = size == 0 or size >= UNKNOWN_LENGTH_BYTES
    return None if unknown else WavData(size, present_bytes)
