"""The ledger in PostgreSQL: the same code, the same money rules. Skipped where no PostgreSQL server is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.harness import Pipeline

DAY = "2025-09-01"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
    Path(found).parent for found in [shutil.which("initdb")] if found
]


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test's own, on a free port of loopback, gone afterwards."""
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
    data, options = str(folder / "data"), f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    control = [*as_user, str(BINARIES[-1] / "pg_ctl"), "-D", data, "-w", "-s"]
    initialize = [*as_user, str(BINARIES[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "qa"]
    subprocess.run(initialize, check=True, capture_output=True, cwd=folder)
    subprocess.run([*control, "-l", str(folder / "log"), "-o", options, "start"], check=True, cwd=folder)
    try:
        yield f"postgresql+psycopg://qa@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.process
def test_a_ledger_in_postgresql_bills_nothing_twice(pipeline: Pipeline, postgres_url: str) -> None:
    pipeline.in_process = False
    pipeline.settings["QA_OPERATIONS_URL"] = postgres_url
    pipeline.land_sample_day(DAY)
    pipeline.run(DAY)
    billed, tables = pipeline.usage(), pipeline.tables()
    assert billed.seconds > 0
    (pipeline.home / "warehouse.duckdb").unlink()
    again = pipeline.run(DAY)
    assert "nothing was sent to be transcribed again" in again.stdout
    assert pipeline.usage() == billed
    assert pipeline.tables() == tables
    assert not (pipeline.home / "operations.sqlite").exists()
