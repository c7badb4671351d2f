"""A part of a file as a file of its own, for a reader that begins at the beginning."""

from __future__ import annotations

import os
from typing import BinaryIO


class FilePart:
    """`head`, and behind it the bytes of a file from `begin` up to `end`."""

    def __init__(self, file: BinaryIO, head: bytes, begin: int, end: int) -> None:
        self._file, self._head = file, head
        self._begin, self._size = begin, len(head) + max(0, end - begin)
        self._at = 0
        self.name = file.name

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes from here on; what stands in front of the file's own bytes comes alone."""
        left = max(0, self._size - self._at)
        size = left if size < 0 else min(size, left)
        if self._at < len(self._head):
            found = self._head[self._at : self._at + size]
        else:
            self._file.seek(self._begin + self._at - len(self._head))
            found = self._file.read(size)
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place as a file does; before the beginning is the beginning."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at
