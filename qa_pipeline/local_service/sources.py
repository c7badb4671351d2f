"""Brings the audio of a task or a call onto this machine: an upload, a download, a local file, or inline bytes.

What may be reached is decided here and nowhere else: `oss://` only with the resolve header and by the account
and for the model it was uploaded for; `http(s)://` from this machine and the hosts the operator named, without
redirects; `file://` below the folders the operator named; `data:` where the model takes Base64. Everything else
fails with a code and a sentence that says why.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from qa_pipeline.local_service.config import ServiceConfig, is_loopback_host
from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.served_models import find_served_model, find_sync_model
from qa_pipeline.local_service.store import Store
from qa_pipeline.local_service.tasks import file_name_of

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
DOWNLOAD_TIMEOUT_S = 30 * 60.0
MAX_DOWNLOADS = 8
"""Downloads at once; a thousand waiting tasks must not open a thousand connections."""

BAD_URL = "REQUEST_INVALID_FILE_URL_VALUE"

INLINE_NAME = "inline audio"
"""What messages call audio that came as Base64: it has no name."""

_TAKEN = {False: "base64 and paths are not taken", True: "paths are not taken, base64 only as a data: URI"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on this machine; `file_name` is what messages call it, `sha256` hashes its bytes (hex)."""

    path: Path
    file_name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a URL is opened: the account and model of the request, and what the request allows.

    `resolve_oss` is whether it carried `X-DashScope-OssResourceResolve: enable`; `max_bytes` the model's limit
    for a file; `takes_base64` whether the model takes `data:` URIs.
    """

    account: str
    model: str
    resolve_oss: bool
    max_bytes: int
    takes_base64: bool = False


class Sources:
    """Opens the URLs of tasks and calls.

    `uploads_dir` holds uploaded objects, `incoming_dir` downloads while in use.
    """

    def __init__(
        self,
        config: ServiceConfig,
        store: Store,
        executor: Executor,
        *,
        uploads_dir: Path,
        incoming_dir: Path,
        now_ms: Callable[[], int],
    ) -> None:
        self._config = config
        self._now_ms = now_ms
        self._store = store
        self._executor = executor
        self._uploads_dir = uploads_dir
        self._incoming_dir = incoming_dir
        self._folders = tuple(folder.resolve() for folder in config.source_folders)
        self._downloads = asyncio.Semaphore(MAX_DOWNLOADS)
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Closes the connections of downloads."""
        if self._client is not None:
            await self._client.aclose()

    @asynccontextmanager
    async def open(self, url: str, asker: Asker) -> AsyncIterator[SourceFile]:
        """The file behind `url` for the time of the block.

        Raises:
            TaskFailure: with the documented code for what went wrong.
        """
        try:
            # urlsplit remembers what it was given; megabytes of Base64 are not for remembering.
            scheme = "data" if url[:5].lower() == "data:" else urlsplit(url).scheme.lower()
        except ValueError as error:
            raise TaskFailure(BAD_URL, f"{BAD_URL}: {url[:200]!r} is not a URL ({error}).") from error
        if scheme == "oss":
            yield await self._uploaded(url, asker)
        elif scheme in ("http", "https"):
            async with self._downloads:
                part = self._incoming_dir / uuid.uuid4().hex
                try:
                    yield await self._downloaded(url, part, self._limit(asker))
                finally:
                    part.unlink(missing_ok=True)
        elif scheme == "data" and asker.takes_base64:
            part = self._incoming_dir / uuid.uuid4().hex
            try:
                yield await self._in_thread(lambda: _inline(url, part))
            finally:
                part.unlink(missing_ok=True)
        elif scheme == "file":
            yield await self._in_thread(lambda: self._local(url, self._limit(asker)))
        else:
            raise TaskFailure(
                BAD_URL,
                f"{BAD_URL}: {url[:200]!r} is not an http, https or oss URL; {_TAKEN[asker.takes_base64]}.",
            )

    def _limit(self, asker: Asker) -> int:
        return min(asker.max_bytes, self._config.max_file_bytes)

    async def _in_thread(self, work: Callable[[], SourceFile]) -> SourceFile:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _uploaded(self, url: str, asker: Asker) -> SourceFile:
        if not asker.resolve_oss:
            raise TaskFailure(
                BAD_URL, f"{BAD_URL}: an oss:// URL needs the header X-DashScope-OssResourceResolve: enable."
            )
        upload = await self._store.upload(url.removeprefix("oss://"))
        oldest_ms = self._now_ms() - int(self._config.upload_ttl_s * 1000)
        if upload is None or upload.uploaded_ms < oldest_ms:
            raise TaskFailure(
                "FILE_404_NOT_FOUND",
                f"FILE_404_NOT_FOUND: there is no uploaded object {url[:300]} (any longer); upload it again.",
            )
        if upload.account != asker.account or not _same_model(upload.model, asker.model):
            raise TaskFailure(
                "FILE_403_FORBIDDEN",
                f"FILE_403_FORBIDDEN: {url[:300]} was uploaded by another key, or for another model ({upload.model}).",
            )
        return SourceFile(self._uploads_dir / upload.file_name, file_name_of(url), upload.sha256, upload.size_bytes)

    async def _downloaded(self, url: str, part: Path, limit: int) -> SourceFile:
        host = urlsplit(url).hostname or ""
        if not (is_loopback_host(host) or host in self._config.source_hosts):
            raise TaskFailure(
                "FILE_DOWNLOAD_FAILED",
                f"FILE_DOWNLOAD_FAILED: this local service downloads from this machine only, not from {host!r}; "
                f"start it with --source-host {host or 'HOST'} to allow it.",
            )
        try:
            async with asyncio.timeout(DOWNLOAD_TIMEOUT_S):
                return await self._download(url, part, limit)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise TaskFailure("FILE_DOWNLOAD_FAILED", f"FILE_DOWNLOAD_FAILED: {reason}.") from error

    async def _download(self, url: str, part: Path, limit: int) -> SourceFile:
        digest = hashlib.sha256()
        size = 0
        async with self._http().stream("GET", url) as response:
            _check_status(response)
            with part.open("wb") as file:
                # A block of at most 64 KiB to the page cache is no reason to leave the event loop.
                async for block in response.aiter_bytes(64 * 1024):
                    size += len(block)
                    if size > limit:
                        raise _too_large(file_name_of(url), limit)
                    digest.update(block)
                    file.write(block)
        return SourceFile(part, file_name_of(url), digest.hexdigest(), size)

    def _http(self) -> httpx.AsyncClient:
        """The client of all downloads, made for the first: reading the system's certificates takes a while."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            )
        return self._client

    def _local(self, url: str, limit: int) -> SourceFile:
        parts = urlsplit(url)
        typed = Path(unquote(parts.path))
        name = file_name_of(url)
        if parts.netloc not in ("", "localhost") or "\0" in str(typed):
            raise TaskFailure(BAD_URL, f"{BAD_URL}: {url[:200]!r} does not name a file of this machine.")
        path = typed.resolve()
        if not any(path.is_relative_to(folder) for folder in self._folders):
            raise TaskFailure(
                BAD_URL,
                f"{BAD_URL}: this local service may not read {typed}; upload the file, or start the service with "
                f"--source-folder for the folder it lies in.",
            )
        if not path.is_file():
            raise TaskFailure("FILE_404_NOT_FOUND", f"FILE_404_NOT_FOUND: there is no file {typed}.")
        try:
            size = path.stat().st_size
            if size > limit:
                raise _too_large(name, limit)
            return SourceFile(path, name, _hash_file(path), size)
        except OSError as error:
            raise TaskFailure("FILE_403_FORBIDDEN", f"FILE_403_FORBIDDEN: {typed}: {error.strerror}.") from error


def _same_model(one: str, other: str) -> bool:
    """Whether two names are the same model (an alias counts)."""
    if one == other:
        return True
    known = find_served_model(one) or find_sync_model(one)
    return known is not None and known == (find_served_model(other) or find_sync_model(other))


def _inline(url: str, part: Path) -> SourceFile:
    """The bytes of a `data:` URI, written to `part`; its media type is a label that nothing relies on."""
    head, comma, encoded = url.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise TaskFailure(BAD_URL, f"{BAD_URL}: inline audio must look like data:audio/wav;base64,....")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TaskFailure(BAD_URL, f"{BAD_URL}: the inline audio is not Base64: {error}.") from error
    part.write_bytes(content)
    return SourceFile(part, INLINE_NAME, hashlib.sha256(content).hexdigest(), len(content))


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    code = "FILE_DOWNLOAD_FAILED"
    if status in (401, 403):
        code = "FILE_403_FORBIDDEN"
    elif status in (404, 410):
        code = "FILE_404_NOT_FOUND"
    elif status >= 500:
        code = "FILE_SERVER_ERROR"
    hint = "; redirects are not followed, give the final URL" if response.is_redirect else ""
    raise TaskFailure(code, f"{code}: the file's host answered HTTP {status}{hint}.")


def _too_large(file_name: str, limit: int) -> TaskFailure:
    return TaskFailure("FILE_TOO_LARGE", f"FILE_TOO_LARGE: {file_name} is over the limit of {limit:,} bytes.")


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
