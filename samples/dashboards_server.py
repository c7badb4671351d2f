"""The dashboards' own server, started for pictures, benchmarks and tests and stopped with the block."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from qa_pipeline.processes.ports import next_free_port

ROOT = Path(__file__).resolve().parents[1]
STARTUP_S = 300.0


class ServerNotStarted(RuntimeError):
    """The dashboards' server ended at once, or did not answer in time."""


@contextmanager
def dashboards_server(
    environment: Mapping[str, str], *options: str, port: int | None = None
) -> Iterator[tuple[str, int]]:
    """A server that answers on a loopback port, by default a free one: its address and the id of its process.

    `environment` is all that the server gets to see of variables; `options` are Streamlit's.

    Raises:
        ServerNotStarted: it does not start.
    """
    port = port or next_free_port("127.0.0.1", 0)
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port), *options]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=quiet, stderr=quiet
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
            if httpx.get(f"{address}/_stcore/health", timeout=60, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise ServerNotStarted("the dashboards' server did not start")
