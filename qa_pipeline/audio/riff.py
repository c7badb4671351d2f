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

LONGEST_TAIL_BYTES = 1024 * 1024
"""After the audio there are a few chunks of text at most. FFmpeg reads through whatever is there, eight bytes at a
time: two gigabytes of zeros would keep it busy for minutes."""

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


class UpToTheTail:
    """A file that ends where its sound does, for a reader that would look further."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._end = file, end
        self.name = file.name

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes from here to the end of the sound."""
        left = max(0, self._end - self._file.tell())
        return self._file.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file; from its end is from the end of the sound."""
        if whence == os.SEEK_END:
            return self._file.seek(self._end + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next read begins."""
        return self._file.tell()


def without_long_tail(file: BinaryIO) -> BinaryIO | UpToTheTail:
    """The WAV file itself, or up to the end of its sound where other data follows. Rewound."""
    data = find_wav_data(file)
    tail_bytes = data.present_bytes - data.promised_bytes if data else 0
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    return UpToTheTail(file, size_bytes - tail_bytes) if tail_bytes > LONGEST_TAIL_BYTES else file


def _known(size: int, size_in_ds64: int, present_bytes: int) -> WavData | None:
    if size == _SIZE_IN_DS64 and size_in_ds64:
        return WavData(size_in_ds64, present_bytes)
    unknown = size == 0 or size >= UNKNOWN_LENGTH_BYTES
    return None if unknown else WavData(size, present_bytes)
