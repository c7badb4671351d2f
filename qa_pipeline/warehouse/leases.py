"""Which snapshots somebody reads, so that no file is removed under a reader.

DuckDB holds a lock on a database for as long as any program has it open, read-only too; that is asked for. A lock of
one's own process can't be asked for, so what this process opens is counted.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

_LINUX = "hhqqi4x"
_MAC = "qqihh"
"""The layout of C's struct flock: type, whence, start, length and process on Linux; on macOS type and whence last."""

_opened: Counter[Path] = Counter()
_guard = threading.Lock()


def opened(snapshot: Path) -> Callable[[], None]:
    """Notes that this process reads a snapshot; returns what ends that, and does nothing when it is called again."""
    with _guard:
        _opened[snapshot] += 1
    is_open = [True]

    def close() -> None:
        with _guard:
            if is_open.pop() if is_open else False:
                _opened[snapshot] -= 1

    return close


def is_read(snapshot: Path) -> bool:
    """Whether this process, or any program on this machine, has the snapshot open.

    False where the file system knows no locks: snapshots are old before they are removed.
    """
    with _guard:
        if _opened[snapshot] > 0:
            return True
    try:
        file = os.open(snapshot, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _is_locked(file)
    except OSError:
        return False
    finally:
        os.close(file)


def _is_locked(file: int) -> bool:
    if sys.platform == "darwin":
        found = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(_MAC, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET))
        return bool(struct.unpack(_MAC, found)[3] != fcntl.F_UNLCK)
    # asked for an open file, not for the process: so a lock of this very process is seen too
    question = struct.pack(_LINUX, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    found = fcntl.fcntl(file, fcntl.F_OFD_GETLK, question)
    return bool(struct.unpack(_LINUX, found)[0] != fcntl.F_UNLCK)
