"""The most memory that a program and the processes which it starts have together, looked at again and again."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measuring import peak_rss_mib

LOOKS_EVERY_S = 0.05
PROC = Path("/proc")


class MemoryWatch:
    """While it is entered: `most_mib` of this process and all below it, each with its shared libraries. Elsewhere than
    on Linux it is the peak of this process alone."""

    def __init__(self) -> None:
        self.most_mib = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if not self.most_mib:
            self.most_mib = peak_rss_mib()

    def _watch(self) -> None:
        while not self._is_over.wait(LOOKS_EVERY_S):
            self.most_mib = max(self.most_mib, sum(map(_rss_mib, _tree("self"))))


def _tree(pid: str) -> list[str]:
    """A process and all below it."""
    try:
        below = [child for task in (PROC / pid / "task").iterdir() for child in _children(task)]
    except OSError:  # it has ended
        return []
    return [pid, *(each for child in below for each in _tree(child))]


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:
        return []


def _rss_mib(pid: str) -> float:
    try:
        lines = (PROC / pid / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
