"""The dashboards' own server for a benchmark, and its memory while it is used."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.measuring import ChildFailed, neutral_environment
from qa_pipeline.processes.ports import next_free_port

ROOT = Path(__file__).resolve().parents[1]
STARTUP_S = 120.0


@contextmanager
def serve(home: Path, landing: Path) -> Iterator[tuple[str, int]]:
    """A server of the snapshot in `home`, with recordings below `landing`: its address and its process.

    Raises:
        ChildFailed: it does not start.
    """
    port = next_free_port("127.0.0.1", 0)
    environment = neutral_environment() | settings_of(home, landing) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _await_health(address, server)
            yield address, server.pid
        finally:
            server.terminate()


def _await_health(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTUP_S
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise ChildFailed("the dashboards' server did not start")


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
