"""A PostgreSQL server and an S3 server for the room's tests, and two sides of a move for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings
from tests.object_storage.storage import S3Server, s3_server, set_keys
from tests.postgres import PostgresServer, postgres_server

_numbers = itertools.count()


@pytest.fixture(scope="package")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="package")
def storage() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The URL of an empty database of the test's own."""
    return new_database(postgres)


def new_database(postgres: PostgresServer) -> str:
    """The URL of an empty database that nobody else uses."""
    name = f"ledger_{next(_numbers)}"
    engine = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return postgres.url.replace("/postgres", f"/{name}")


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """A home with a PostgreSQL for the other side and no bucket."""
    return Settings(home=tmp_path / "home", operations_url=database)


@pytest.fixture
def with_bucket(settings: Settings, storage: S3Server, monkeypatch: pytest.MonkeyPatch) -> Settings:
    set_keys(monkeypatch)
    name = storage.make_bucket(f"raw-{next(_numbers)}")
    return settings.model_copy(update={"raw_bucket": BucketUrl("s3", name, "raw"), "bucket_endpoint": storage.url})


@contextmanager
def silent(_what: str, _total: int) -> Iterator[Callable[[int], None]]:
    """A progress that nobody sees."""
    yield lambda _count: None
