"""A PostgreSQL server of a test's own, on a free port of loopback. Skipped where none is installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from samples.servers import NotInstalled, PostgresServer, postgres

__all__ = ["PostgresServer", "postgres_server"]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="qa-postgres-"))
    try:
        server = postgres(folder)
    except NotInstalled as error:
        if os.environ.get("QA_REQUIRE_POSTGRES"):
            pytest.fail(f"QA_REQUIRE_POSTGRES is set, and {error}")
        pytest.skip(str(error))
    server.start()
    try:
        yield server
    finally:
        with suppress(CalledProcessError):  # a test has stopped it
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
