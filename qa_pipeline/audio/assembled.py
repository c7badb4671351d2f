"""A file that is put together while it is read, from bytes made here and from places of a file on disk."""

from __future__ import annotations

import io
import os
from abc import abstractmethod
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class AssembledFile(io.RawIOBase):
    """Reads like a file on disk; a kind of it says in `_read_at` what lies where."""

    def __init__(self, file: BinaryIO, size_bytes: int) -> None:
        """`file` stays the caller's to close, and its position is moved by every read."""
        self.name = file.name
        self._file, self._size, self._at = file, size_bytes, 0

    @abstractmethod
    def _read_at(self, begin: int, length: int) -> bytes:
        """At most `length` bytes from `begin` on, at least one before the end."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file of the assembled length."""
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Up to the end of the part that lies at the position."""
        target = memoryview(buffer).cast("B")
        found = self._read_at(self._at, len(target))
        target[: len(found)] = found
        self._at += len(found)
        return len(found)
