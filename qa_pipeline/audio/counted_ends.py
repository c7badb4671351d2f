"""Where the headers of W64 and AIFF files say that the sound ends: FFmpeg reads no further, and no other reader would.

Unlike WAV these are not mended when they count too little: the recording is refused, with the seconds that would be
lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from qa_pipeline.audio.riff import LEAST_UNCOUNTED_S, chunks_follow, last_filled

_W64_DATA = bytes.fromhex("64617461f3acd3118cd100c04f8edb8a")
_W64_FORMAT = bytes.fromhex("666d7420f3acd3118cd100c04f8edb8a")
_W64_BEGIN, _W64_HEADER_BYTES = 40, 24
_AIFF_BEGIN, _AIFF_HEADER_BYTES = 12, 8
_AIFF_OFFSET_BYTES = 8
_MAX_CHUNKS = 10_000

_Chunk = tuple[bytes, int, int]
"""Kind, where the content begins, and its length as the header says; less than none where that was never filled in."""


@dataclass(frozen=True)
class CountedSound:
    """Where the sound begins and ends by the header, in bytes of the file; what a second takes; what is behind the end
    and is sound, in bytes."""

    begin: int
    end: int
    bytes_per_s: float
    uncounted_bytes: int

    @property
    def uncounted_s(self) -> float:
        return self.uncounted_bytes / self.bytes_per_s


def find_counted_sound(file: BinaryIO, ffmpeg_format: str) -> CountedSound | None:
    """The sound of a W64 or AIFF file; None for any other, and where nothing is counted. Moves the file's position."""
    size = os.fstat(file.fileno()).st_size
    if ffmpeg_format == "w64":
        return _w64(file, size)
    return _aiff(file, size) if ffmpeg_format == "aiff" else None


def _w64(file: BinaryIO, size: int) -> CountedSound | None:
    bytes_per_s = 0
    for kind, begin, length in _w64_chunks(file, size):
        if kind == _W64_FORMAT:
            file.seek(begin)
            bytes_per_s = int.from_bytes(file.read(12)[8:], "little")
        elif kind == _W64_DATA:
            end = begin + max(0, length)
            follows = next(_w64_chunks(file, size, end + -end % 8), None)
            is_chunk = follows is not None and 0 <= follows[2] <= size - follows[1]
            return _counted(file, begin, end, size, bytes_per_s, is_chunk=is_chunk)
    return None


def _w64_chunks(file: BinaryIO, size: int, at: int = _W64_BEGIN) -> Iterator[_Chunk]:
    for _ in range(_MAX_CHUNKS):
        if at + _W64_HEADER_BYTES > size:
            return
        file.seek(at)
        head = file.read(_W64_HEADER_BYTES)
        length = int.from_bytes(head[16:], "little") - _W64_HEADER_BYTES
        yield head[:16], at + _W64_HEADER_BYTES, length
        at += _W64_HEADER_BYTES + max(0, length) + -length % 8


def _aiff(file: BinaryIO, size: int) -> CountedSound | None:
    bytes_per_s, at = 0.0, _AIFF_BEGIN
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_AIFF_HEADER_BYTES)
        if len(head) < _AIFF_HEADER_BYTES:
            return None
        begin, length = at + _AIFF_HEADER_BYTES, int.from_bytes(head[4:], "big")
        if head[:4] == b"COMM":
            content = file.read(18)
            channels, bits = int.from_bytes(content[:2], "big"), int.from_bytes(content[6:8], "big")
            bytes_per_s = channels * -(-bits // 8) * _extended(content[8:18])
        elif head[:4] == b"SSND":
            end = begin + max(length, _AIFF_OFFSET_BYTES)
            is_chunk = chunks_follow(file, end + end % 2, size, "big")
            return _counted(file, begin + _AIFF_OFFSET_BYTES, end, size, bytes_per_s, is_chunk=is_chunk)
        at = begin + length + length % 2
    return None


def _counted(
    file: BinaryIO, begin: int, end: int, size: int, bytes_per_s: float, *, is_chunk: bool
) -> CountedSound | None:
    behind = 0 if is_chunk or end >= size else last_filled(file, end, size) - end
    if not bytes_per_s:
        return None
    return CountedSound(begin, end, bytes_per_s, behind if behind >= LEAST_UNCOUNTED_S * bytes_per_s else 0)


def _extended(number: bytes) -> float:
    """An 80-bit IEEE number, in which AIFF keeps its sample rate; 0 for what no rate can be."""
    exponent = (int.from_bytes(number[:2], "big") & 0x7FFF) - 16383
    return int.from_bytes(number[2:], "big") * 2.0 ** (exponent - 63) if 0 <= exponent < 64 else 0.0
