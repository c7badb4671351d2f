"""A PostgreSQL server of a test's own, on a free port of loopback. Skipped where none is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
    Path(found).parent for found in [shutil.which("initdb")] if found
]


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url` is SQLAlchemy's."""

    folder: Path
    port: int
    control: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://qa@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """At once, as if it had crashed: what was committed comes back, and nothing else."""
        self._run("-m", "immediate", "stop")

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self.control, *arguments], check=True, cwd=self.folder)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server for as long as the block lasts."""
    if not BINARIES:
        if os.environ.get("QA_REQUIRE_POSTGRES"):
            pytest.fail("QA_REQUIRE_POSTGRES is set and no PostgreSQL server is installed")
        pytest.skip("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="qa-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(folder / "data")
    initialize = [*as_user, str(BINARIES[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "qa"]
    subprocess.run(initialize, check=True, capture_output=True, cwd=folder)
    control = (*as_user, str(BINARIES[-1] / "pg_ctl"), "-D", data, "-w", "-s")
    server = PostgresServer(folder, port, control)
    server.start()
    try:
        yield server
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)
