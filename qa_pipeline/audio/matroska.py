"""What the elements of a Matroska or WebM file say of its bytes: how many are missing, and where each file of several
that were joined begins (RFC 8794, RFC 9559).

Its one duration is no measure: pages that record write it from their own clock, or not at all.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

FILE_HEADER, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_KNOWN = frozenset({
    FILE_HEADER, SEGMENT, 0xEC, 0xBF,  # the file's head, its body, what stands for nothing, checksums
    0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, CLUSTER,  # in the body
    0xE7, 0x5854, 0xA7, 0xAB, 0xA3, 0xA0, 0xAF,  # in a cluster
})  # fmt: skip
"""Elements that may follow each other; anything else is no more of the file, but what was appended to it."""
_MAX_ELEMENTS = 20_000_000
_HEAD_BYTES = 12
_BUFFER_BYTES = 256 * 1024


@dataclass(frozen=True)
class Element:
    """`size` is None where the writer did not know it: what follows is inside."""

    kind: int
    body_at: int
    size: int | None

    @property
    def end(self) -> int:
        """The first byte behind it, as far as its size is known."""
        return self.body_at + (self.size or 0)


def missing_bytes(file: BinaryIO) -> int:
    """Bytes that an element of the file claims behind the end of the file; 0 if it is whole.

    The file's position is moved.
    """
    size_bytes = os.fstat(file.fileno()).st_size
    farthest = max((element.end for _, element in elements(file)), default=0)
    return max(0, farthest - size_bytes)


def elements(file: BinaryIO) -> Iterator[tuple[int, Element]]:
    """Where each element begins, and the element, in the order of the file, whose position is moved."""
    reader = io.BufferedReader(cast(Any, file), _BUFFER_BYTES)
    at = 0
    try:
        for _ in range(_MAX_ELEMENTS):
            element = _read_element(reader, at)
            if element is None or element.kind not in _KNOWN:
                break
            yield at, element
            # The segment and what is of unknown size is looked into; everything else is stepped over.
            at = element.body_at if element.size is None or element.kind == SEGMENT else element.end
    finally:
        reader.detach()


def _read_element(reader: io.BufferedReader, at: int) -> Element | None:
    reader.seek(at)
    head = reader.read(_HEAD_BYTES)
    kind_width = _width(head[0], 4) if head else 0
    if not kind_width or len(head) <= kind_width:
        return None
    size_width = _width(head[kind_width], 8)
    body = kind_width + size_width
    if not size_width or len(head) < body:
        return None
    unknown = (1 << 7 * size_width) - 1
    size = int.from_bytes(head[kind_width:body], "big") & unknown
    return Element(int.from_bytes(head[:kind_width], "big"), at + body, None if size == unknown else size)


def _width(first: int, most: int) -> int:
    """Bytes of a number of variable length, by the zero bits it begins with; 0 if there are more than allowed."""
    width = 9 - first.bit_length()
    return width if width <= most else 0
