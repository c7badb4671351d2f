"""The ledger in PostgreSQL: the same code, the same money rules. Skipped where no PostgreSQL server is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.harness import Pipeline
from tests.postgres import let_go, postgres_server

DAY = "2025-09-01"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres_server() as server:
        yield server.url
        let_go()


@pytest.mark.process
def test_a_ledger_in_postgresql_bills_nothing_twice(small: Pipeline, postgres_url: str) -> None:
    pipeline = small
    pipeline.settings["QA_OPERATIONS_URL"] = postgres_url
    pipeline.run(DAY)
    billed, tables = pipeline.usage(), pipeline.tables()
    assert billed.seconds > 0
    (pipeline.home / "warehouse.duckdb").unlink()
    again = pipeline.run(DAY)
    assert "nothing was sent to be transcribed again" in again.stdout
    assert pipeline.usage() == billed
    assert pipeline.tables() == tables
    assert not (pipeline.home / "operations.sqlite").exists()
