"""Several Matroska or WebM files one after the other, as the one file that they should have been.

A recorder stopped and went on, and its parts were joined byte by byte.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from qa_pipeline.audio.matroska import CLUSTER, FILE_HEADER, SEGMENT, elements

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC, _SEGMENT_MARK = FILE_HEADER.to_bytes(4, "big"), SEGMENT.to_bytes(4, "big")
_BUFFER_BYTES = 256 * 1024


def as_one(file: BinaryIO) -> BinaryIO | JoinedFile:
    """The file itself, or the one that several files one after the other should have been. Rewound.

    FFmpeg finds into a second file and not into a third. It is given the first with an open end, and of the others
    what they hold of sound.
    """
    if not _holds_another(file):
        file.seek(0)
        return file
    pieces = _pieces_of_joined(file)
    file.seek(0)
    return JoinedFile(file, pieces) if pieces else file


def _holds_another(file: BinaryIO) -> bool:
    """Whether the mark that begins a file stands anywhere behind the first one."""
    file.seek(len(_MAGIC))
    kept = b""
    while block := file.read(_BUFFER_BYTES):
        if _MAGIC in kept + block:
            return True
        kept = block[-len(_MAGIC) + 1 :]
    return False


def _pieces_of_joined(file: BinaryIO) -> list[bytes | tuple[int, int]]:
    """Empty where there is one file alone."""
    heads: list[int] = []
    first_body, first_clusters = 0, list[int]()
    for at, element in elements(file):
        if element.kind == FILE_HEADER:
            heads.append(at)
        elif element.kind == SEGMENT and not first_body:
            first_body = element.body_at
            first_kind_end = at + len(_SEGMENT_MARK)
        elif element.kind == CLUSTER and len(first_clusters) < len(heads) - 1:
            first_clusters += [at] * (len(heads) - 1 - len(first_clusters))
    if len(heads) < 2 or not first_body or len(first_clusters) < len(heads) - 1:
        return []
    width = first_body - first_kind_end
    open_size = bytes([(2 << 8 - width) - 1]) + b"\xff" * (width - 1)
    ends = [*heads[2:], os.fstat(file.fileno()).st_size]
    return [(0, first_kind_end), open_size, (first_body, heads[1]), *zip(first_clusters, ends, strict=True)]


class JoinedFile(io.RawIOBase):
    """Reads pieces of a file, and bytes between them, as one file."""

    def __init__(self, file: BinaryIO, pieces: list[bytes | tuple[int, int]]) -> None:
        """`file` stays the caller's to close, and its position is moved by every read."""
        self.name = file.name
        self._file, self._pieces = file, pieces
        self._size = sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file of the joined length."""
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """At most what is left of the piece at the position."""
        target = memoryview(buffer).cast("B")
        begin = self._at
        for piece in self._pieces:
            length = len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
            if begin < length:
                found = self._part(piece, begin, min(len(target), length - begin))
                target[: len(found)] = found
                self._at += len(found)
                return len(found)
            begin -= length
        return 0

    def _part(self, piece: bytes | tuple[int, int], begin: int, length: int) -> bytes:
        if isinstance(piece, bytes):
            return piece[begin : begin + length]
        self._file.seek(piece[0] + begin)
        return self._file.read(length)
