"""One S3 server for the room's tests, keys in the environment, and a bucket for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.locations import BucketUrl
from tests.object_storage.storage import S3Server, ScriptedStorage, s3_server, scripted_storage, set_keys


@pytest.fixture(scope="package")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)


@pytest.fixture
def name(server: S3Server, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own."""
    return server.make_bucket(f"bucket-{abs(hash(request.node.nodeid)):x}"[:60])


@pytest.fixture
def bucket(server: S3Server, name: str) -> Bucket:
    """What lies below `calls/` in it."""
    return Bucket(BucketUrl("s3", name, "calls"), server.url)


@pytest.fixture
def scripted() -> Iterator[ScriptedStorage]:
    with scripted_storage() as running:
        yield running
