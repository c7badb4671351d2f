"""Until when a signed address is valid, read from addresses that were really signed."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path

import pytest

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.expiry import CLOCK_SKEW, SHORTEST_SESSION, validity_of
from qa_pipeline.object_storage.locations import BucketUrl
from tests.object_storage.test_bucket import service_account

HOUR = dt.timedelta(hours=1)


def of_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketUrl:
    return BucketUrl("s3", "calls")


def of_google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketUrl:
    (tmp_path / "account.json").write_text(json.dumps(service_account()))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    return BucketUrl("gs", "calls")


def of_azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketUrl:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "qatests")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", base64.b64encode(b"k" * 32).decode())
    return BucketUrl("az", "calls")


@pytest.mark.parametrize("cloud", [of_s3, of_google, of_azure])
def test_each_clouds_address_says_when_it_expires(
    cloud: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    [url] = Bucket(cloud(tmp_path, monkeypatch)).sign(["a.wav"], 3600)  # type: ignore[operator]
    found = validity_of(url)
    assert found is not None
    assert before + HOUR <= found.expires_at <= dt.datetime.now(dt.UTC) + HOUR
    assert not found.by_session
    assert not found.may_have_expired_by(before)
    assert found.may_have_expired_by(found.expires_at - CLOCK_SKEW)


def test_an_address_of_temporary_keys_may_be_dead_after_their_shortest_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-role")
    [url] = Bucket(BucketUrl("s3", "calls")).sign(["a.wav"], 86_400)
    found = validity_of(url)
    assert found is not None
    assert found.signed_at is not None
    assert not found.may_have_expired_by(found.signed_at + SHORTEST_SESSION - dt.timedelta(seconds=1))
    assert found.may_have_expired_by(found.signed_at + SHORTEST_SESSION)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "oss://dashscope-instant/a/b.wav",
        "https://files.example/a.wav?submission=qa-0",
        "https://s3.example/a.wav?X-Amz-Expires=60",
        "https://s3.example/a.wav?X-Amz-Date=yesterday&X-Amz-Expires=60",
        "https://s3.example/a.wav?X-Amz-Date=20250901T000000Z&X-Amz-Expires=1e400",
        "https://s3.example/a.wav?X-Amz-Date=20250901T000000Z&X-Amz-Expires=99999999999999",
    ],
)
def test_any_other_address_says_nothing(url: str | None) -> None:
    assert validity_of(url) is None
