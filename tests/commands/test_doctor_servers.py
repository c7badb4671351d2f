"""What doctor says of the servers that several machines share: each failure with what, why and the way out."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from qa_pipeline.commands.doctor import servers
from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.servers import lake_bucket, postgresql, raw_bucket
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings
from tests.object_storage.storage import S3Server, s3_server, scripted_storage, set_keys
from tests.postgres import PostgresServer, postgres_server

SECRET = "not-to-be-seen"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        engine = create_engine(running.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in (
                "create role may_connect login",
                "create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0",
                "revoke create on schema public from public",
            ):
                connection.execute(text(statement))
        engine.dispose()
        yield running


@pytest.fixture(scope="module")
def storage() -> Iterator[S3Server]:
    with s3_server() as running:
        running.make_bucket("answers")
        yield running


def found_at(url: str) -> list[Finding]:
    return list(postgresql(Settings(operations_url=url)))


def test_a_server_that_can_be_used_is_named_with_version_and_room(server: PostgresServer) -> None:
    [found] = found_at(server.url)
    assert found.level is Level.OK
    assert f"127.0.0.1:{server.port}/postgres, version 1" in found.detail
    assert "of 97 connections free" in found.detail


def test_a_ledger_in_a_file_has_no_server() -> None:
    assert list(postgresql(Settings())) == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("address", "reason", "fix"),
    [
        ("qa:{secret}@127.0.0.1:{free}/postgres", "nothing listens there", "QA_OPERATIONS_URL"),
        ("qa:{secret}@no-such-host.invalid:{port}/postgres", "there is no host of that name", "correct the host"),
        ("qa:{secret}@127.0.0.1:{port}/nowhere", "there is no such database", "createdb nowhere"),
        ("nobody:{secret}@127.0.0.1:{port}/postgres", "there is no such user", "createuser nobody"),
    ],
)
def test_a_server_that_cannot_be_reached_says_why_and_never_the_password(
    address: str, reason: str, fix: str, server: PostgresServer
) -> None:
    filled = address.format(secret=SECRET, port=server.port, free=free_port())
    [found] = found_at(f"postgresql+psycopg://{filled}")
    assert (found.level, reason in found.detail, fix in found.fix) == (Level.FAIL, True, True), found
    assert SECRET not in f"{found}"


def test_a_wrong_password_is_said_without_it(server: PostgresServer) -> None:
    hba = server.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    engine = create_engine(server.url)
    try:
        with engine.begin() as connection:
            connection.execute(text("create role guarded login password 'right'"))
            hba.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{before}")
            connection.execute(text("select pg_reload_conf()"))
        while (found := found_at(f"postgresql+psycopg://guarded:{SECRET}@127.0.0.1:{server.port}/postgres"))[
            0
        ].level is Level.OK:
            pass  # until the server has read the file
    finally:
        hba.write_text(before)
        engine.dispose()
    assert (found[0].level, "user or password is wrong" in found[0].detail) == (Level.FAIL, True)
    assert SECRET not in f"{found}"


def test_rights_that_are_missing_are_named_with_the_statement_that_gives_them(server: PostgresServer) -> None:
    [found] = found_at(server.url.replace("qa@", "may_connect@"))
    assert found.level is Level.FAIL
    assert "grant create on schema public to may_connect" in found.detail
    assert "grant create on database postgres to may_connect" in found.detail


def test_a_database_that_keeps_no_chinese_fails(server: PostgresServer) -> None:
    found = found_at(server.url.replace("/postgres", "/latin"))
    assert (found[0].level, "LATIN1" in found[0].detail, "UTF8" in found[0].fix) == (Level.FAIL, True, True)


def test_a_lake_needs_a_newer_server_than_a_ledger(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (servers.OLDEST_VERSION, servers.OLDEST_VERSION_OF_LAKE) == (12, 14)
    monkeypatch.setattr(servers, "OLDEST_VERSION_OF_LAKE", 99)
    with_lake = Settings(operations_url=server.url, lake=BucketUrl("s3", "calls", "lake"))
    [found] = postgresql(with_lake)
    assert (found.level, found.fix) == (Level.FAIL, "version 99 is the oldest for a lake")
    [found] = found_at(server.url)
    assert found.level is Level.OK


def test_a_bucket_is_written_read_and_deleted_from(storage: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    url = BucketUrl("s3", "answers", "raw")
    settings = Settings(raw_bucket=url, bucket_endpoint=storage.url)
    [found] = raw_bucket(settings)
    assert (found.level, found.detail) == (Level.OK, "s3://answers/raw can be written, read and deleted from")
    assert storage.keys("answers") == []
    assert list(lake_bucket(settings)) == []
    [missing] = raw_bucket(settings.model_copy(update={"raw_bucket": BucketUrl("s3", "nobody-made-this")}))
    assert (missing.level, "there is no such bucket" in missing.detail) == (Level.FAIL, True)
    [lake] = lake_bucket(settings.model_copy(update={"lake": url}))
    assert (lake.name, lake.level) == ("lake bucket", Level.OK)
    with storage.checking_keys():
        [refused] = raw_bucket(settings)
    assert (refused.level, "does not know these keys" in refused.detail) == (Level.FAIL, True)


def test_a_bucket_that_does_not_answer_is_said_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    with scripted_storage() as storage:
        storage.status, storage.body = 403, "<Error><Code>AccessDenied</Code></Error>"
        settings = Settings(raw_bucket=BucketUrl("s3", "answers"), bucket_endpoint=storage.url)
        [found] = raw_bucket(settings)
    assert found.level is Level.FAIL
    assert "secret-of-tests" not in f"{found}"
