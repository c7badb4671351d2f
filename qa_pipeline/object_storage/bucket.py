"""One bucket: list, read, write, delete, sign. The only module that imports obstore."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from qa_pipeline.object_storage.faults import BucketRefused, ObjectMissing, ObjectRefused, StorageUnreachable, explained
from qa_pipeline.object_storage.locations import BucketUrl

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

PAGE = 1000
CONNECT_TIMEOUT = timedelta(seconds=10)
READ_TIMEOUT = timedelta(seconds=60)
"""Without a byte for so long a connection is given up."""

REQUEST_TIMEOUT = timedelta(hours=2)
"""A recording of 2 GB over a slow line; silence is noticed by `READ_TIMEOUT`."""

RETRIES = 3
RETRY_FOR = timedelta(seconds=60)
BLOCK_BYTES = 4 * 1024 * 1024

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NANOSECONDS = 1_000_000_000
_BAD_KEY = re.compile(r'Path "(.*?)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a bucket; `key` is below the bucket's prefix."""

    key: str
    size_bytes: int
    changed_at: datetime
    etag: str | None

    @property
    def stamp_ns(self) -> int:
        """When it was changed, in ns since 1970, with a number made of its ETag in place of the part of a second.

        So two contents written in the same second differ, and a file can carry it as its time of change.
        """
        part = int.from_bytes(hashlib.sha256((self.etag or "").encode()).digest()[:8]) % _NANOSECONDS
        return int(self.changed_at.timestamp()) * _NANOSECONDS + part


@dataclass(frozen=True, slots=True)
class Listing:
    """Objects by key, and folders (below the prefix, "" for the top) that could not be listed, with the reason."""

    objects: tuple[StoredObject, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


class Bucket:
    """The part of a bucket below its URL's prefix. Safe to share between threads.

    Every method raises `StorageError` (see `faults`), and none of its messages shows a key or a signature.
    """

    def __init__(self, url: BucketUrl, endpoint: str | None = None) -> None:
        self.url = url
        self._endpoint = endpoint.rstrip("/") if endpoint else None

    @property
    def host(self) -> str:
        """The host in the addresses that `sign` gives, without a port; empty where the environment must say and does
        not."""
        if self.url.scheme == "s3" and self._endpoint is None:
            set_elsewhere = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
            region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
            return urlsplit(set_elsewhere or f"https://s3.{region}.amazonaws.com").hostname or ""
        if self._endpoint is not None:
            in_host = self.url.scheme == "s3" and _names_bucket_in_host(self._endpoint)
            return urlsplit(_with_bucket(self._endpoint, self.url.bucket) if in_host else self._endpoint).hostname or ""
        account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
        azure = f"{account}.blob.core.windows.net" if account else ""
        return "storage.googleapis.com" if self.url.scheme == "gs" else azure

    def listed(self) -> Listing:
        """Everything in the bucket below the prefix, page by page.

        Keys that can't be a path (`a//b`, `..`, control characters) stop a listing of all at once; then it is listed
        folder by folder, and the folder that holds such a key is named.
        """
        try:
            found = Listing(tuple(self._stored(item) for item in self._pages(self.url.prefix, None)))
        except _unusable_keys():
            found = self._listed_by_folder()
        if not found.objects:
            self._require_storage()
        return found

    def walk(self, folder: str = "") -> Iterator[StoredObject]:
        """The objects below a folder, in the order of their keys, a page at a time.

        Raises:
            BucketRefused: a key below it can't be a path (see `listed`).
        """
        try:
            for item in self._pages("/".join(filter(None, (self.url.prefix, folder))), None):
                yield self._stored(item)
        except _unusable_keys() as error:
            raise BucketRefused(f"{self.url.uri_of(folder)} {_about_key(error)}") from None

    def head(self, key: str) -> StoredObject:
        """What is known of an object without reading it."""
        import obstore

        try:
            with self._explaining(key, "read"):
                return self._stored(obstore.head(self._store, self._full(key)))
        except (ObjectMissing, ObjectRefused):
            # What refuses HEAD has no words: whether keys or bucket are wrong or the one object is, GET will tell.
            with self._explaining(key, "read"):
                return self._stored(obstore.get(self._store, self._full(key)).meta)

    def download(self, key: str, target: Path) -> StoredObject:
        """Writes an object into `target`, block by block; what was written is the version that is returned."""
        import obstore

        with self._explaining(key, "read"):
            answer = obstore.get(self._store, self._full(key))
            found = self._stored(answer.meta)
            with target.open("wb") as file:
                for block in answer.stream(min_chunk_size=BLOCK_BYTES):
                    file.write(block)
        if target.stat().st_size != found.size_bytes:
            raise StorageUnreachable(f"{self.url.uri_of(key)} came incomplete; run again")
        return found

    def first_bytes(self, key: str, length: int) -> bytes:
        """The beginning of an object that is not empty, without the rest of it."""
        import obstore

        with self._explaining(key, "read"):
            return bytes(obstore.get_range(self._store, self._full(key), start=0, length=length))

    def upload(self, key: str, source: Path) -> None:
        """Puts a file into the bucket, in parts where it is large."""
        import obstore

        with self._explaining(key, "written", of_object=False):
            obstore.put(self._store, self._full(key), source)

    def delete(self, keys: Sequence[str]) -> None:
        """Removes objects; one that is gone already is not an error."""
        import obstore

        if not keys:
            return
        try:
            with self._explaining(keys[0], "deleted", of_object=False):
                obstore.delete(self._store, [self._full(key) for key in keys])
        except FileNotFoundError:
            return

    def sign(self, keys: Sequence[str], ttl_s: float) -> list[str]:
        """Addresses under which anybody may read the objects for `ttl_s` seconds; computed here, in most cases."""
        import obstore

        with self._explaining(None, "signed for"):
            full = [self._full(key) for key in keys]
            return list(obstore.sign(self._store, "GET", full, timedelta(seconds=ttl_s)))

    @cached_property
    def _store(self) -> S3Store | GCSStore | AzureStore:
        from obstore.store import from_url

        options: dict[str, Any] = {}
        allow_http = False
        if self._endpoint is not None:
            allow_http = require_safe(self._endpoint)
            options["endpoint"] = self._endpoint
            if self.url.scheme == "s3" and _names_bucket_in_host(self._endpoint):
                options |= {"endpoint": _with_bucket(self._endpoint, self.url.bucket)}
                options["virtual_hosted_style_request"] = True
        with self._explaining(None, "reached"):
            store = from_url(
                f"{self.url.scheme}://{self.url.bucket}",
                client_options={
                    "allow_http": allow_http,
                    "connect_timeout": CONNECT_TIMEOUT,
                    "read_timeout": READ_TIMEOUT,
                    "timeout": REQUEST_TIMEOUT,
                },
                retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_FOR},
                **options,
            )
        return cast("S3Store | GCSStore | AzureStore", store)

    def _pages(self, folder: str, offset: str | None) -> Iterator[Any]:
        import obstore

        with self._explaining(None, "listed"):
            for page in obstore.list(self._store, folder or None, offset=offset, chunk_size=PAGE):
                yield from page

    def _listed_by_folder(self) -> Listing:
        import obstore

        objects: dict[str, StoredObject] = {}
        unreadable: list[tuple[str, str]] = []
        waiting = [self.url.prefix]
        while waiting:
            folder = waiting.pop()
            try:
                with self._explaining(None, "listed"):
                    found = obstore.list_with_delimiter(self._store, folder or None)
                items, below = found["objects"], found["common_prefixes"]
            except _unusable_keys() as error:
                items, below = self._beyond_empty_name(folder)
                unreadable.append((self._below_prefix(folder), _about_key(error)))
            objects |= {item["path"]: self._stored(item) for item in items if item["path"] != folder}
            waiting.extend(below)
        return Listing(tuple(objects[path] for path in sorted(objects)), tuple(unreadable))

    def _beyond_empty_name(self, folder: str) -> tuple[list[Any], list[str]]:
        """Objects of a folder behind the names that begin with a slash, or that sort before it: `a//b` is the usual bad
        key. And folders in it that hold a bad key themselves, to be listed on their own."""
        above = f"{folder}/" if folder else ""
        offset, items, folders = f"{above}0", list[Any](), list[str]()
        while True:
            try:
                items.extend(self._pages(folder, offset))
                return items, folders
            except _unusable_keys() as error:
                name, slash, _ = _bad_key(error).removeprefix(above).partition("/")
                if not slash or above + name < offset:
                    return items, folders
                folders.append(above + name)
                offset = f"{above}{name}0"  # what sorts behind everything in that folder

    def _require_storage(self) -> None:
        """An empty listing is believed only of a storage: a network's sign-in page is read as an empty one too."""
        import obstore
        from obstore.exceptions import BaseError, PermissionDeniedError

        probe = f"qa-{secrets.token_hex(16)}"
        try:
            with suppress(FileNotFoundError, PermissionDeniedError):
                obstore.get(self._store, self._full(probe))
                raise StorageUnreachable(
                    f"{self.url} can't be listed: what answers there is not object storage; check QA_BUCKET_ENDPOINT "
                    "and whether the network asks for a sign-in"
                )
        except BaseError as error:
            raise explained(
                error, where=str(self.url), scheme=self.url.scheme, doing="listed", of_object=False
            ) from None

    def _stored(self, item: Any) -> StoredObject:
        return StoredObject(self._below_prefix(item["path"]), item["size"], item["last_modified"], item["e_tag"])

    def _full(self, key: str) -> str:
        return f"{self.url.prefix}/{key}" if self.url.prefix else key

    def _below_prefix(self, path: str) -> str:
        return path[len(self.url.prefix) :].lstrip("/")

    @contextmanager
    def _explaining(self, key: str | None, doing: str, *, of_object: bool = True) -> Iterator[None]:
        """Without `of_object` a refusal is one of the bucket, as for writing: there is no object yet to be closed."""
        from obstore.exceptions import BaseError, InvalidPathError

        where = str(self.url) if key is None else self.url.uri_of(key)
        try:
            yield
        except InvalidPathError:
            raise
        except (BaseError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) and error.filename is not None:
                raise  # a file of this machine
            raise explained(
                error, where=where, scheme=self.url.scheme, doing=doing, of_object=of_object and key is not None
            ) from None


def require_safe(endpoint: str) -> bool:
    """Whether an endpoint is plain http, which is spoken with this machine only.

    Raises:
        BucketRefused: it is plain http elsewhere (and AWS_ALLOW_HTTP does not allow it), or no address at all.
    """
    parts = urlsplit(endpoint)
    if parts.scheme == "https" and parts.hostname:
        return False
    if parts.scheme != "http" or not parts.hostname:
        raise BucketRefused(
            f"QA_BUCKET_ENDPOINT is {endpoint!r}, which is not an address such as https://s3.example.com"
        )
    allowed = os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("true", "1")
    if parts.hostname not in _LOOPBACK and not allowed:
        raise BucketRefused(
            f"QA_BUCKET_ENDPOINT is {endpoint}: over plain http recordings and keys could be read on the way; give its "
            "https:// address, or set AWS_ALLOW_HTTP=true where the network is your own"
        )
    return True


def _unusable_keys() -> type[Exception]:
    from obstore.exceptions import InvalidPathError

    return InvalidPathError


def _bad_key(error: Exception) -> str:
    """The key that a listing stumbled over; empty where the error does not say."""
    found = _BAD_KEY.search(str(error))
    return found[1] if found else ""


def _about_key(error: Exception) -> str:
    key = ascii(_bad_key(error))[1:-1] or "one of its keys"
    return (
        f"was listed in part only: {key} can't be a path (an empty part, . or .., or a control character); rename "
        "or delete that object"
    )


def _names_bucket_in_host(endpoint: str) -> bool:
    """Whether a storage wants the bucket in the host's name; Alibaba OSS takes nothing else."""
    return (urlsplit(endpoint).hostname or "").endswith(".aliyuncs.com")


def _with_bucket(endpoint: str, bucket: str) -> str:
    scheme, _, host = endpoint.partition("://")
    return endpoint if host.startswith(f"{bucket}.") else f"{scheme}://{bucket}.{host}"
