"""Finds where the sound ends in files that have no header to say so, when tags were appended behind it.

A tag may hold anything, a picture or a whole record of the call; a reader that goes through it finds frames where there
are none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

_MAX_TAGS = 8
_ID3V1_BYTES, _ID3V1_EXTENDED_BYTES = 128, 227
_APE_FOOTER_BYTES = 32
_APE_HAS_HEADER = 1 << 31
_ID3V2_FOOTER_BYTES = 10
_LYRICS_V2_TAIL_BYTES = 15
_LYRICS_V1_MOST_BYTES = 5_120
_LYRICS_BEGIN = b"LYRICSBEGIN"


class UpToTheTags:
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


def sound_end(file: BinaryIO, size_bytes: int) -> int:
    """Offset of the first byte of the tags at the end of the file: ID3v1, APEv1 and v2, Lyrics3, ID3v2 with a footer.

    The size of the file where there are none. The file's position is moved.
    """
    end = size_bytes
    for _ in range(_MAX_TAGS):
        length = next((length for find in _FINDERS if 0 < (length := find(file, end)) <= end), 0)
        if not length:
            break
        end -= length
    return end


def _before(file: BinaryIO, end: int, count: int) -> bytes:
    begin = max(0, end - count)
    file.seek(begin)
    return file.read(end - begin)


def _id3v1(file: BinaryIO, end: int) -> int:
    if not _before(file, end, _ID3V1_BYTES).startswith(b"TAG") or end < _ID3V1_BYTES:
        return 0
    extended = _before(file, end - _ID3V1_BYTES, _ID3V1_EXTENDED_BYTES).startswith(b"TAG+")
    return _ID3V1_BYTES + (_ID3V1_EXTENDED_BYTES if extended else 0)


def _ape(file: BinaryIO, end: int) -> int:
    """The footer counts itself and the items, not a header in front of them."""
    footer = _before(file, end, _APE_FOOTER_BYTES)
    if not footer.startswith(b"APETAGEX") or len(footer) < _APE_FOOTER_BYTES:
        return 0
    size, flags = int.from_bytes(footer[12:16], "little"), int.from_bytes(footer[20:24], "little")
    return max(size, _APE_FOOTER_BYTES) + (_APE_FOOTER_BYTES if flags & _APE_HAS_HEADER else 0)


def _id3v2(file: BinaryIO, end: int) -> int:
    """The footer is the header again; its size counts neither of the two."""
    footer = _before(file, end, _ID3V2_FOOTER_BYTES)
    if not footer.startswith(b"3DI") or len(footer) < _ID3V2_FOOTER_BYTES or max(footer[6:]) > 0x7F:
        return 0
    size = footer[6] << 21 | footer[7] << 14 | footer[8] << 7 | footer[9]
    return size + 2 * _ID3V2_FOOTER_BYTES


def _lyrics(file: BinaryIO, end: int) -> int:
    """Version 2 ends with its size in six digits, version 1 has to be searched for its beginning."""
    tail = _before(file, end, _LYRICS_V2_TAIL_BYTES)
    if tail.endswith(b"LYRICS200") and tail[:6].isdigit():
        return int(tail[:6]) + _LYRICS_V2_TAIL_BYTES
    if tail.endswith(b"LYRICSEND"):
        text = _before(file, end, _LYRICS_V1_MOST_BYTES)
        at = text.rfind(_LYRICS_BEGIN)
        return len(text) - at if at >= 0 else 0
    return 0


_FINDERS: tuple[Callable[[BinaryIO, int], int], ...] = (_id3v1, _ape, _id3v2, _lyrics)
