"""What doctor says of the bucket that the service is to read from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.commands.doctor.findings import Level
from qa_pipeline.commands.doctor.landing import audio_bucket
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings
from tests.object_storage.storage import S3Server, s3_server, set_keys


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        running.make_bucket("audio")
        yield running


@pytest.fixture
def settings(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Settings:
    set_keys(monkeypatch)
    return Settings(audio_urls="presigned", audio_bucket=BucketUrl("s3", "audio", "qa"), bucket_endpoint=server.url)


def test_a_bucket_that_can_be_read_is_named_with_where_and_how_long(settings: Settings) -> None:
    [found] = audio_bucket(settings)
    assert (found.level, found.fix) == (Level.OK, "")
    assert found.detail == "s3://audio/qa can be read; addresses at 127.0.0.1, valid for 24 h"


def test_temporary_keys_are_warned_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-role")
    assert [found.level for found in audio_bucket(settings)] == [Level.OK, Level.WARN]


def test_a_bucket_that_is_missing_or_not_named_fails(settings: Settings, tmp_path: Path) -> None:
    missing = settings.model_copy(update={"audio_bucket": BucketUrl("s3", "nobody-made-this")})
    unnamed = Settings(audio_urls="presigned", recordings=tmp_path)
    for wrong, said in ((missing, "there is no such bucket"), (unnamed, "no bucket is named")):
        [found] = audio_bucket(wrong)
        assert (found.level, said in found.detail) == (Level.FAIL, True)


def test_keys_that_are_refused_fail(settings: Settings, server: S3Server) -> None:
    with server.checking_keys():
        [found] = audio_bucket(settings)
    assert (found.level, "does not know these keys" in found.detail) == (Level.FAIL, True)


def test_nobody_asks_a_bucket_that_is_not_used(settings: Settings) -> None:
    assert list(audio_bucket(settings.model_copy(update={"audio_urls": "upload"}))) == []
