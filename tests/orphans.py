"""Ends what tests have started and left: run beside them, it waits until they are over, however they end.

`python -m tests.orphans MARK` reads its input to the end, then ends every process with `MARK` in its environment. A
killed pytest can end nothing itself, and not all of its children are in its process group. Linux only: it needs /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

NAME = "TESTS_STARTED_BY"
GRACE_S = 10.0


def started_by(mark: str) -> list[int]:
    """Ids of the processes with that mark, without this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended just now, or belongs to somebody else
            if f"{NAME}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def end(mark: str) -> None:
    """SIGTERM, some seconds, SIGKILL; for as long as new ones are started meanwhile."""
    for number, patience_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        deadline = time.monotonic() + patience_s
        while (pids := started_by(mark)) and time.monotonic() < deadline:
            for pid in pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
            time.sleep(0.1)


if __name__ == "__main__":
    sys.stdin.read()
    end(sys.argv[1])
