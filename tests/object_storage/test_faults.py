"""What storages say, as types and sentences. The answers are real ones over HTTP, read by the real client."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.object_storage import bucket as bucket_module
from qa_pipeline.object_storage.bucket import Bucket, require_safe
from qa_pipeline.object_storage.faults import (
    BucketRefused,
    ObjectMissing,
    ObjectRefused,
    StorageError,
    StorageUnreachable,
)
from qa_pipeline.object_storage.locations import BucketUrl
from tests.object_storage.storage import KEYS, S3Server, ScriptedStorage

URL = BucketUrl("s3", "calls", "raw")


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_module, "RETRIES", 0)


def answer(code: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'


REFUSALS = {
    "a clock that is wrong": (403, "RequestTimeTooSkewed", "clock is wrong by many minutes"),
    "a key nobody knows": (403, "InvalidAccessKeyId", "does not know these keys (InvalidAccessKeyId); check AWS_ACC"),
    "a wrong secret": (403, "SignatureDoesNotMatch", "does not know these keys (SignatureDoesNotMatch)"),
    "temporary keys that expired": (400, "ExpiredToken", "the temporary keys have expired (ExpiredToken)"),
    "keys that may not list": (403, "AccessDenied", "these keys may not (AccessDenied); let the bucket's policy allow"),
    "a bucket that is not": (404, "NoSuchBucket", "there is no such bucket (NoSuchBucket); check its name and QA_BUCK"),
    "a container that is not": (404, "ContainerNotFound", "there is no such bucket (ContainerNotFound)"),
    "a bucket elsewhere": (301, "PermanentRedirect", "it lies in another region (a redirect); set AWS_REGION"),
    "a signature for elsewhere": (400, "AuthorizationHeaderMalformed", "it lies in another region"),
    "no keys at all": (401, "", "does not know these keys (401)"),
}


@pytest.mark.parametrize(("status", "code", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_bucket_that_refuses_is_named_with_the_reason_and_the_way_out(
    scripted: ScriptedStorage, status: int, code: str, sentence: str
) -> None:
    scripted.status, scripted.body = status, answer(code)
    with pytest.raises(BucketRefused) as refused:
        Bucket(URL, scripted.url).listed()
    assert str(refused.value).startswith("s3://calls/raw can't be listed: ")
    assert sentence in str(refused.value)
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in str(refused.value)


def test_trouble_of_the_storage_is_no_refusal(scripted: ScriptedStorage) -> None:
    scripted.status, scripted.body = 503, answer("SlowDown")
    with pytest.raises(StorageUnreachable, match="HTTP 503 SlowDown; run again"):
        Bucket(URL, scripted.url).listed()


def test_a_page_that_is_no_listing_is_an_error_and_no_empty_bucket(scripted: ScriptedStorage) -> None:
    scripted.body = "<html>sign in to the hotel's network</html>"
    with pytest.raises(StorageError, match=r"s3://calls/raw can't be listed"):
        Bucket(URL, scripted.url).listed()


def test_nothing_that_answers_is_named(scripted: ScriptedStorage) -> None:
    with pytest.raises(StorageUnreachable, match="Connection refused; check the network and QA_BUCKET_ENDPOINT"):
        Bucket(URL, "http://127.0.0.1:9").listed()


@pytest.mark.parametrize(
    ("status", "code", "kind", "sentence"),
    [
        (404, "NoSuchKey", ObjectMissing, "s3://calls/raw/a%20b.wav is gone from the bucket"),
        (404, "NoSuchBucket", BucketRefused, "there is no such bucket"),
        (403, "AccessDenied", ObjectRefused, "s3://calls/raw/a%20b.wav can't be read: these keys may not"),
        (403, "ExpiredToken", BucketRefused, "the temporary keys have expired"),
    ],
)
def test_one_object_that_is_refused_is_told_from_a_bucket_that_refuses_all(
    scripted: ScriptedStorage, tmp_path: Path, status: int, code: str, kind: type[StorageError], sentence: str
) -> None:
    scripted.status, scripted.body = status, answer(code)
    with pytest.raises(StorageError) as refused:
        Bucket(URL, scripted.url).download("a b.wav", tmp_path / "a")
    assert (type(refused.value), sentence in str(refused.value)) == (kind, True), refused.value


def test_moto_itself_refuses_keys_it_does_not_know(server: S3Server, bucket: Bucket) -> None:
    """The one refusal that a server computed by itself; the others above are its documented words, scripted."""
    assert bucket.listed().objects == ()
    with server.checking_keys(), pytest.raises(BucketRefused, match="does not know these keys"):
        bucket.listed()


def test_a_bucket_that_is_not_there_is_never_an_empty_one(server: S3Server) -> None:
    with pytest.raises(BucketRefused, match="there is no such bucket"):
        Bucket(BucketUrl("s3", "nobody-made-this"), server.url).listed()


def test_a_refusal_to_write_is_one_of_the_bucket(scripted: ScriptedStorage, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    scripted.status, scripted.body = 403, answer("AccessDenied")
    with pytest.raises(BucketRefused, match="can't be written: these keys may not"):
        Bucket(URL, scripted.url).upload("a.wav", tmp_path / "a.wav")
    scripted.status, scripted.body = 404, answer("NoSuchBucket")
    with pytest.raises(BucketRefused, match="there is no such bucket"):
        Bucket(URL, scripted.url).upload("a.wav", tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (400, "EntityTooLarge", "it is larger than the storage takes"),
        (413, "", "it is larger than the storage takes"),
        (400, "EntityTooSmall", "it is smaller than the storage takes"),
        (400, "KeyTooLongError", "its name is longer than the storage takes"),
    ],
)
def test_what_is_wrong_with_one_file_is_not_held_against_the_bucket(
    scripted: ScriptedStorage, tmp_path: Path, status: int, code: str, sentence: str
) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    scripted.status, scripted.body = status, answer(code)
    with pytest.raises(ObjectRefused, match=f"can't be written: {sentence}"):
        Bucket(URL, scripted.url).upload("a.wav", tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", ObjectRefused),
        (403, "InvalidAccessKeyId", BucketRefused),
        (404, "NoSuchBucket", BucketRefused),
    ],
)
def test_a_refused_head_which_has_no_words_is_asked_about(
    scripted: ScriptedStorage, status: int, code: str, kind: type[StorageError]
) -> None:
    scripted.status, scripted.body = status, answer(code)
    with pytest.raises(kind, match=code):
        Bucket(URL, scripted.url).head("a.wav")
    assert [line.partition(" ")[0] for line in scripted.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("endpoint", ["http://minio.example:9000", "http://10.0.0.7"])
def test_plain_http_is_spoken_with_this_machine_only(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BucketRefused, match="over plain http recordings and keys could be read"):
        Bucket(URL, endpoint).listed()
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    assert require_safe(endpoint)


@pytest.mark.parametrize("endpoint", ["s3.example.com", "ftp://x", "https://"])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str) -> None:
    with pytest.raises(BucketRefused, match="which is not an address such as"):
        Bucket(URL, endpoint).listed()
