"""A bucket over real HTTP: listing, reading, writing, and addresses that really open it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import BucketRefused, ObjectMissing
from qa_pipeline.object_storage.locations import BucketUrl
from tests.object_storage.storage import S3Server

ODD_KEYS = ("a b.wav", "a%20b.wav", "通话.wav", "a+b.wav", "x#y?z.wav", "~[1]*.wav", "back\\slash.wav", " lead.wav")


def test_only_what_lies_below_the_prefix_is_listed(server: S3Server, name: str, bucket: Bucket) -> None:
    for key in ("calls/2025-09-01/a.wav", "calls/b.wav", "calls2/c.wav", "d.wav"):
        server.put(name, key, key.encode())
    assert [item.key for item in bucket.listed().objects] == ["2025-09-01/a.wav", "b.wav"]
    assert [item.key for item in Bucket(BucketUrl("s3", name), server.url).listed().objects][-1] == "d.wav"
    assert bucket.listed().objects[1].size_bytes == len("calls/b.wav")


def test_a_listing_of_many_pages_is_read_to_its_end(
    server: S3Server, name: str, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "7")
    expected = [f"2025-09-01/{number:05}.wav" for number in range(30)]
    for key in expected:
        server.put(name, f"calls/{key}")
    assert len(server.keys(name)) == 7, "the server gives no more at once"
    assert [item.key for item in bucket.listed().objects] == expected


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_listed_read_and_signed(
    server: S3Server, name: str, bucket: Bucket, tmp_path: Path, key: str
) -> None:
    server.put(name, f"calls/{key}", key.encode())
    [listed] = bucket.listed().objects
    assert listed.key == key
    assert bucket.download(key, tmp_path / "copy") == bucket.head(key) == listed
    assert (tmp_path / "copy").read_bytes() == key.encode()
    assert httpx.get(bucket.sign([key], 60)[0], trust_env=False).content == key.encode()


def test_a_key_that_can_be_no_path_disturbs_no_other_folder(server: S3Server, name: str, bucket: Bucket) -> None:
    for key in ("2025-09-01/a.wav", "2025-09-02/b.wav", "2025-09-02/sub/c.wav", "2025-09-03/d.wav", "e.wav"):
        server.put(name, f"calls/{key}")
    whole = [item.key for item in bucket.listed().objects]
    server.put(name, "calls//uploaded/x.wav")
    found = bucket.listed()
    assert [item.key for item in found.objects] == whole
    [(folder, reason)] = found.unreadable
    assert (folder, "was listed in part only: calls//" in reason) == ("", True)
    server.delete(name, "calls//uploaded/x.wav")

    server.put(name, "calls/2025-09-02/\x01.wav")
    found = bucket.listed()
    assert [item.key for item in found.objects] == whole
    [(folder, reason)] = found.unreadable
    assert (folder, "calls/2025-09-02/\\x01.wav can't be a path" in reason) == ("2025-09-02", True)

    server.put(name, "calls//uploaded/x.wav")
    found = bucket.listed()
    assert {folder for folder, _ in found.unreadable} == {"", "2025-09-02"}
    assert [item.key for item in found.objects] == whole[1:], "of the folders of one page the first one is lost"


def test_a_stamp_changes_with_the_content_even_within_one_second(server: S3Server, name: str, bucket: Bucket) -> None:
    stamps = set()
    for content in (b"one", b"two", b"six"):
        server.put(name, "calls/a.wav", content)
        stamps.add(bucket.head("a.wav").stamp_ns)
    assert len(stamps) == 3
    assert bucket.head("a.wav").stamp_ns in stamps


def test_a_file_goes_up_comes_back_and_is_deleted(server: S3Server, name: str, bucket: Bucket, tmp_path: Path) -> None:
    source = tmp_path / "large.wav"
    source.write_bytes(bytes(range(256)) * 65_536)  # 16 MiB: in parts
    bucket.upload("a/large.wav", source)
    bucket.download("a/large.wav", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    assert server.keys(name) == ["calls/a/large.wav"]
    bucket.delete(["a/large.wav"])
    bucket.delete(["a/large.wav"])
    bucket.delete([])
    assert server.keys(name) == []
    with pytest.raises(ObjectMissing, match=r"large\.wav is gone from the bucket"):
        bucket.head("a/large.wav")


# -- addresses ----------------------------------------------------------------------------------------------------


def test_an_address_opens_the_object_without_any_key(server: S3Server, name: str, bucket: Bucket) -> None:
    server.put(name, "calls/a.wav", b"audio")
    [url] = bucket.sign(["a.wav"], 7200)
    query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    assert (query["X-Amz-Expires"], query["X-Amz-SignedHeaders"]) == ("7200", "host")
    assert httpx.get(url, headers={}, trust_env=False).content == b"audio"


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        (BucketUrl("s3", "calls"), None),
        (BucketUrl("s3", "calls"), "https://s3.oss-cn-beijing.aliyuncs.com"),
        (BucketUrl("s3", "calls"), "https://minio.example:9000"),
        (BucketUrl("az", "calls"), None),
        (BucketUrl("gs", "calls"), None),
    ],
)
def test_the_host_of_addresses_is_known_without_signing_one(
    url: BucketUrl, endpoint: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "qatests")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", base64.b64encode(b"k" * 32).decode())
    (tmp_path / "account.json").write_text(json.dumps(service_account()))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    bucket = Bucket(url, endpoint)
    assert urlsplit(bucket.sign(["a.wav"], 60)[0]).hostname == bucket.host


def test_many_addresses_are_signed_at_once_and_in_order(bucket: Bucket) -> None:
    keys = [f"{number}.wav" for number in range(1000)]
    paths = [urlsplit(url).path.rpartition("/")[2] for url in bucket.sign(keys, 60)]
    assert paths == keys


def test_alibaba_oss_is_addressed_by_the_bucket_in_the_hosts_name() -> None:
    """Signed offline; no request was ever sent to OSS by these tests."""
    url = Bucket(BucketUrl("s3", "calls", "raw"), "https://s3.oss-cn-beijing.aliyuncs.com").sign(["a.wav"], 86_400)[0]
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "calls.s3.oss-cn-beijing.aliyuncs.com",
        "/raw/a.wav",
    )
    assert parse_qs(parts.query)["X-Amz-Expires"] == ["86400"]


def test_amazon_is_addressed_in_the_region_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-role")
    parts = urlsplit(Bucket(BucketUrl("s3", "calls")).sign(["a.wav"], 60)[0])
    assert (parts.netloc, parts.path) == ("s3.eu-central-1.amazonaws.com", "/calls/a.wav")
    assert parse_qs(parts.query)["X-Amz-Security-Token"] == ["of-a-role"]


def test_google_is_signed_with_a_service_accounts_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed offline, with a key made here; no request was ever sent to Google by these tests."""
    account = tmp_path / "account.json"
    account.write_text(json.dumps(service_account()))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(account))
    parts = urlsplit(Bucket(BucketUrl("gs", "calls", "raw")).sign(["a b.wav"], 3600)[0])
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "storage.googleapis.com", "/calls/raw/a%20b.wav")
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    assert (query["X-Goog-Expires"], query["X-Goog-Algorithm"]) == ("3600", "GOOG4-RSA-SHA256")
    assert query["X-Goog-Credential"].startswith("qa@tests.iam.gserviceaccount.com/")


def test_azure_is_signed_with_the_accounts_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed offline, with a key made up here; no request was ever sent to Azure by these tests."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "qatests")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", base64.b64encode(b"k" * 32).decode())
    parts = urlsplit(Bucket(BucketUrl("az", "calls", "raw")).sign(["a.wav"], 3600)[0])
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "qatests.blob.core.windows.net", "/calls/raw/a.wav")
    query = parse_qs(parts.query)
    assert query["sp"] == ["r"]
    assert {"sig", "se", "st", "sv"} <= set(query)


def test_azure_without_an_account_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(BucketRefused, match="set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"):
        Bucket(BucketUrl("az", "calls")).sign(["a.wav"], 60)


def service_account() -> dict[str, str]:
    """A service account as Google hands it out, with an RSA key that exists nowhere else."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "private_key": pem,
        "private_key_id": "1",
        "client_email": "qa@tests.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
