"""The dashboards' own server for a benchmark, and its memory while it is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import ChildFailed, neutral_environment
from samples.dashboards_server import ServerNotStarted, dashboards_server

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def serve(home: Path, landing: Path) -> Iterator[tuple[str, int]]:
    """A server of the snapshot in `home`, with recordings below `landing`: its address and its process.

    Raises:
        ChildFailed: it does not start.
    """
    try:
        with dashboards_server(neutral_environment() | settings_of(home, landing)) as served:
            yield served
    except ServerNotStarted as error:
        raise ChildFailed(str(error)) from error


def settings_of(home: Path, landing: Path) -> dict[str, str]:
    """As environment variables."""
    return {"QA_HOME": str(home), "QA_RECORDINGS": str(landing)}


@contextmanager
def watching(pid: int) -> Iterator[list[float]]:
    """The sizes of a process, in MiB, taken all the time of the block."""
    found, done = [rss_mib(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            found.append(rss_mib(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def rss_mib(pid: int) -> float:
    """The memory of a process; Linux only."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
