"""Several Matroska or WebM files one after the other, as the one file that they should have been.

A recorder stopped and went on, and its parts were joined byte by byte.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from qa_pipeline.audio.assembled import AssembledFile
from qa_pipeline.audio.matroska import CLUSTER, FILE_HEADER, SEGMENT, elements

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


class JoinedFile(AssembledFile):
    """Reads pieces of a file, and bytes between them, as one file."""

    def __init__(self, file: BinaryIO, pieces: list[bytes | tuple[int, int]]) -> None:
        """`file` stays the caller's to close, and its position is moved by every read."""
        self._pieces = pieces
        super().__init__(file, sum(map(_length, pieces)))

    def _read_at(self, begin: int, length: int) -> bytes:
        for piece in self._pieces:
            if begin < _length(piece):
                return self._part(piece, begin, min(length, _length(piece) - begin))
            begin -= _length(piece)
        return b""

    def _part(self, piece: bytes | tuple[int, int], begin: int, length: int) -> bytes:
        if isinstance(piece, bytes):
            return piece[begin : begin + length]
        self._file.seek(piece[0] + begin)
        return self._file.read(length)


def _length(piece: bytes | tuple[int, int]) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
