"""Ends what a supervisor started if the supervisor is killed: nothing may be left running.

Run by the supervisor as `python -m qa_pipeline.processes.warden`. It reads lines `+PGID` and `-PGID`, process groups
that begin and that are gone, and acts only when its input ends while groups remain: SIGTERM, some seconds, SIGKILL.
It needs nothing but pipes and process groups, so it works wherever Python does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import IO

GRACE_S = 10.0
LOOK_EVERY_S = 0.1


def watch(lines: IO[str]) -> int:
    """Reads to the end of `lines`, then ends the groups that remain; returns their number."""
    groups: set[int] = set()
    # the loop ends when the supervisor closes the pipe, or when its death closes it
    for line in lines:
        mark, number = line[:1], line[1:].strip()
        if mark == "+":
            groups.add(int(number))
        else:
            groups.discard(int(number))
    end_groups(groups)
    return len(groups)


def end_groups(groups: Iterable[int], grace_s: float = GRACE_S) -> None:
    """SIGTERM to every process of the groups, SIGKILL to those that are still there after `grace_s` seconds."""
    remaining = [group for group in groups if signal_group(group, signal.SIGTERM)]
    deadline = time.monotonic() + grace_s
    while remaining and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
        remaining = [group for group in remaining if signal_group(group, 0)]
    for group in remaining:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Sends a signal (0: none) to a process group; whether there was one."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says PermissionError of a group of zombies
        return False
    return True


def main() -> None:
    """Keeps away from the terminal's signals, which are the supervisor's to handle."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(OSError):
            signal.signal(number, signal.SIG_IGN)
    watch(sys.stdin)


if __name__ == "__main__":
    main()
