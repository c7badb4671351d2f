"""A lake of a test's own: a PostgreSQL server and an S3 server on loopback, and homes that publish into it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.object_storage.locations import BucketUrl
from tests.object_storage.storage import KEYS, S3Server, s3_server
from tests.postgres import PostgresServer, postgres_server

BUCKET = "lake"
_numbers = itertools.count()


@dataclass(frozen=True)
class Servers:
    """Both servers, running."""

    postgres: PostgresServer
    storage: S3Server

    def new_place(self) -> LakePlace:
        """A lake that does not exist yet, in a database of its own."""
        name = f"lake_{next(_numbers)}"
        with psycopg.connect(self.postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        url = self.postgres.url.rpartition("/")[0]
        return LakePlace(BucketUrl("s3", BUCKET, name), self.storage.url, f"{url}/{name}")


@contextmanager
def lake_servers() -> Iterator[Servers]:
    """Both servers for as long as the block lasts; the environment has the keys."""
    with postgres_server() as postgres, s3_server() as storage, pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        storage.make_bucket(BUCKET)
        yield Servers(postgres, storage)


def environment(place: LakePlace, home: Path) -> dict[str, str]:
    """The settings of a machine that uses the lake."""
    return {
        "QA_HOME": str(home),
        "QA_LAKE": str(place.bucket),
        "QA_BUCKET_ENDPOINT": str(place.endpoint),
        "QA_OPERATIONS_URL": place.catalog_url,
        **KEYS,
    }
