"""A PostgreSQL server of a test's own, on a free port of loopback. Skipped where none is installed."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from qa_pipeline.service.pace_table import _pace_at
from samples.servers import NotInstalled, PostgresServer, postgres

__all__ = ["PostgresServer", "let_go", "postgres_server"]


def let_go() -> None:
    """Closes what commands in the process of the tests have open: each leaves its connections to the end of its own."""
    _pace_at.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


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
