"""What machines share in these tests: a PostgreSQL server and a bucket, both on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from qa_pipeline.ledger.tables import open_operations
from tests.object_storage.storage import S3Server, s3_server, set_keys
from tests.postgres import PostgresServer, postgres_server
from tests.sharding.machines import Shared


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_bucket() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def shared(
    shared_postgres: PostgresServer, shared_bucket: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shared]:
    """What machines of one test share; nothing is in it yet."""
    set_keys(monkeypatch)
    name = f"test_{os.urandom(6).hex()}"
    admin = create_engine(shared_postgres.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    admin.dispose()
    url = shared_postgres.url.replace("/postgres", f"/{name}")
    engine = open_operations(url)
    yield Shared(url, engine, shared_bucket, shared_bucket.make_bucket(name.replace("_", "-")), tmp_path)
    engine.dispose()
