"""Finds a further file behind the first, where FFmpeg stops in front of it and says nothing.

Chained Ogg, MP3, AAC and FLAC are read on, and Matroska by way of `joined_matroska`; an MP4 has one index, FLV and AIFF
one header.
"""

from __future__ import annotations

import os
from typing import BinaryIO

_MAX_PARTS = 5_000_000
_FLV_TAG_BYTES, _FLV_BACK_POINTER_BYTES = 11, 4


def unread_file(file: BinaryIO, ffmpeg_format: str) -> int | None:
    """Offset of a file that is not read; None where all are. The file's position is moved."""
    return _FINDERS[ffmpeg_format](file, os.fstat(file.fileno()).st_size)


def _second_movie(file: BinaryIO, size_bytes: int) -> int | None:
    """A brand behind the first index begins another file; between fragments there is none of its kind (`styp`)."""
    at, indexes = 0, 0
    for _ in range(_MAX_PARTS):
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if kind == b"ftyp" and indexes:
            return at
        indexes += kind == b"moov"
        at += size
        if size < 8 or at >= size_bytes:
            return None
    return None


def _second_flv(file: BinaryIO, size_bytes: int) -> int | None:
    file.seek(5)
    at = int.from_bytes(file.read(4), "big") + _FLV_BACK_POINTER_BYTES
    for _ in range(_MAX_PARTS):
        if at + _FLV_TAG_BYTES > size_bytes:
            return None
        file.seek(at)
        head = file.read(_FLV_TAG_BYTES)
        if head.startswith(b"FLV"):
            return at
        at += _FLV_TAG_BYTES + int.from_bytes(head[1:4], "big") + _FLV_BACK_POINTER_BYTES
    return None


def _second_aiff(file: BinaryIO, size_bytes: int) -> int | None:
    file.seek(4)
    size = int.from_bytes(file.read(4), "big")
    at = 8 + size + size % 2
    file.seek(at)
    return at if at < size_bytes and file.read(4) == b"FORM" else None


_FINDERS = {"mov": _second_movie, "flv": _second_flv, "aiff": _second_aiff}

JOINED_UNREAD = frozenset(_FINDERS)
"""FFmpeg's names of the formats of which only the first file is read."""
