"""Temporary upload of a recording into the service's storage, for an `oss://` URL.

A policy from the API allows form posts into one folder of the storage for some minutes. The form is written by
hand: the storage wants the fields in a fixed order with the file last, and no content type on the plain fields;
and a recording of a gigabyte is read from disk as it goes, never held in memory. The URL is good for 48 hours.
"""

from __future__ import annotations

import asyncio
import html
import mimetypes
import re
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from qa_pipeline.dashscope.error_table import error_from_reply, read_error_body
from qa_pipeline.dashscope.errors import (
    BadReply,
    ConnectionLost,
    DashScopeError,
    ObjectExists,
    PolicyExpired,
    Redirected,
    ServiceUnavailable,
    UploadFailed,
)
from qa_pipeline.dashscope.regions import Endpoint
from qa_pipeline.dashscope.retry import RetryPolicy, with_retries
from qa_pipeline.dashscope.tasks import parse_object
from qa_pipeline.dashscope.thread_contexts import entered_in_thread
from qa_pipeline.dashscope.wire import MAX_UPLOADS, Reply, Wire, read_capped

CHUNK_BYTES = 256 * 1024
POLICY_MARGIN_S = 30.0
SLOWEST_UPLINK_BYTES_PER_S = 1_000_000
"""A policy is used only if an upload at this speed ends before it does."""
MAX_ANSWER_BYTES = 64 * 1024
_TOO_SLOW = frozenset({"RequestTimeout", "IncompleteBody"})
"""Codes of a 400 for a body that did not come, or not in time: the connection was at fault."""
_OBJECT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]*(?:/[A-Za-z0-9][A-Za-z0-9._=+-]*)*")


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """Permission to post into `upload_dir` until `expires_at` (monotonic seconds)."""

    upload_host: str
    upload_dir: str
    form: tuple[tuple[str, str], ...] = field(repr=False)
    max_bytes: int | None
    lifetime_s: float
    expires_at: float

    def lasts(self, size: int, now: float) -> bool:
        """Whether `size` bytes can be expected to arrive in time. A fresh policy always will do."""
        needed_s = POLICY_MARGIN_S + size / SLOWEST_UPLINK_BYTES_PER_S
        return now + min(needed_s, 0.9 * self.lifetime_s) < self.expires_at


def parse_policy(body: bytes, asked_at: float) -> UploadPolicy:
    """The policy in the API's reply, or `BadReply` naming what it lacks. `asked_at`: before it was asked for."""
    document = parse_object(body, "the upload policy")
    data = document.get("data")
    if not isinstance(data, dict):
        data = document.get("output")
    if not isinstance(data, dict):
        raise BadReply("BadReply", "the upload policy has no `data`", 200)
    needed = ("policy", "signature", "upload_dir", "upload_host", "oss_access_key_id")
    missing = [key for key in needed if not isinstance(data.get(key), str) or not data[key]]
    if missing:
        raise BadReply("BadReply", f"the upload policy lacks {', '.join(missing)}", 200)
    lifetime_s = _number(data.get("expire_in_seconds")) or 300.0
    max_mb = _number(data.get("max_file_size_mb"))
    return UploadPolicy(
        upload_host=data["upload_host"],
        upload_dir=data["upload_dir"].rstrip("/"),
        form=(
            ("OSSAccessKeyId", data["oss_access_key_id"]),
            ("Signature", data["signature"]),
            ("policy", data["policy"]),
            ("key", ""),
            ("x-oss-object-acl", str(data.get("x_oss_object_acl") or "private")),
            ("x-oss-forbid-overwrite", str(data.get("x_oss_forbid_overwrite") or "true").lower()),
            ("success_action_status", "200"),
        ),
        max_bytes=int(max_mb * 1024 * 1024) if max_mb else None,
        lifetime_s=lifetime_s,
        expires_at=asked_at + lifetime_s,
    )


class Uploader:
    """Uploads under cached policies, one per model. `fetch_policy` asks the API for a model's policy."""

    def __init__(
        self,
        wire: Wire,
        endpoint: Endpoint,
        fetch_policy: Callable[[str], Awaitable[UploadPolicy]],
        retry: RetryPolicy,
    ) -> None:
        self._wire = wire
        self._endpoint = endpoint
        self._fetch_policy = fetch_policy
        self._retry = retry
        self._policies: dict[str, UploadPolicy] = {}
        self._fetching = asyncio.Lock()
        self._places = asyncio.Semaphore(MAX_UPLOADS)

    async def upload(self, source: Path | bytes, *, model: str, object_name: str) -> str:
        """Uploads `source`; returns its `oss://` URL, whose last part is `object_name`.

        Raises:
            ValueError: `object_name` has characters that could change meaning on the way.
            UploadFailed: the file is empty, too large, changed meanwhile, or was refused.
        """
        if not _OBJECT_NAME.fullmatch(object_name):
            raise ValueError(f"object name {object_name!r} may hold letters, digits, and . _ = + - / between them")
        size = len(source) if isinstance(source, bytes) else await asyncio.to_thread(_size_of, source)
        if size == 0:
            raise UploadFailed("EmptyFile", f"{object_name} has no bytes to upload")
        async with self._places:  # before the policy, so that none ages in the queue
            try:
                return await self._post_under_policy(source, size, model, object_name)
            except PolicyExpired:
                self._policies.pop(model, None)
                return await self._post_under_policy(source, size, model, object_name)

    async def _post_under_policy(self, source: Path | bytes, size: int, model: str, object_name: str) -> str:
        policy = await self._policy_for(model, size)
        if policy.max_bytes is not None and size > policy.max_bytes:
            raise UploadFailed(
                "FileTooLarge",
                f"{object_name} has {size:,} bytes, temporary uploads take {policy.max_bytes:,}; "
                "serve it over http instead (QA_AUDIO_URLS)",
            )
        key = f"{policy.upload_dir}/{object_name}"
        lost_before = False

        async def attempt() -> None:
            nonlocal lost_before
            try:
                await self._post(policy, key, source, size)
            except (ConnectionLost, ServiceUnavailable):
                lost_before = True
                raise
            except ObjectExists:
                # our own attempt before this one arrived after all; only its answer was lost
                if not lost_before:
                    raise

        await with_retries(attempt, policy=self._retry, what=f"upload of {object_name}")
        return f"oss://{key}"

    async def _policy_for(self, model: str, size: int) -> UploadPolicy:
        async with self._fetching:
            policy = self._policies.get(model)
            if policy is None or not policy.lasts(size, time.monotonic()):
                policy = self._policies[model] = await self._fetch_policy(model)
            return policy

    async def _post(self, policy: UploadPolicy, key: str, source: Path | bytes, size: int) -> None:
        url = self._endpoint.allow(policy.upload_host)
        name = key.rpartition("/")[2]
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        boundary = secrets.token_hex(16)
        fields = [(label, key if label == "key" else value) for label, value in policy.form]
        head = _form_head([*fields, ("x-oss-content-type", mime)], name, mime, boundary)
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        async with (
            aclosing(_form_body(head, source, size, tail)) as content,
            self._wire.transfer("POST", url, headers=headers, content=content) as response,
        ):
            too_large = UploadFailed("BadReply", "the storage's answer is not one", response.status_code)
            answer = await read_capped(response, MAX_ANSWER_BYTES, too_large)
        reply = Reply(response.status_code, response.headers, answer)
        if reply.status != 200:
            raise _storage_error(reply, name)


def _form_head(fields: list[tuple[str, str]], name: str, mime: str, boundary: str) -> bytes:
    """Everything before the file's own bytes."""
    parts = []
    for label, value in fields:
        if "\r" in value or "\n" in value:
            raise BadReply("BadReply", f"the upload policy's {label} has a line break in it", 200)
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{label}"\r\n\r\n{value}\r\n')
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {mime}\r\n\r\n"
    )
    return "".join(parts).encode()


async def _form_body(head: bytes, source: Path | bytes, size: int, tail: bytes) -> AsyncGenerator[bytes]:
    yield head
    if isinstance(source, bytes):
        yield source
    else:
        async with aclosing(_read_exactly(source, size)) as chunks:
            async for chunk in chunks:
                yield chunk
    yield tail


async def _read_exactly(path: Path, size: int) -> AsyncGenerator[bytes]:
    """`size` bytes of the file; the length is already announced, so a shorter file cannot be sent."""
    async with entered_in_thread(_opened(path)) as file:
        left = size
        while left:
            chunk = await asyncio.to_thread(_read, file, min(CHUNK_BYTES, left), path.name)
            if not chunk:
                raise UploadFailed("FileChanged", f"{path.name} became shorter while it was uploaded")
            left -= len(chunk)
            yield chunk


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UploadFailed("UnreadableFile", f"{path.name} cannot be read: {error.strerror}") from error
    with file:
        yield file


def _read(file: BinaryIO, count: int, name: str) -> bytes:
    try:
        return file.read(count)
    except OSError as error:
        raise UploadFailed("UnreadableFile", f"{name} cannot be read: {error.strerror}") from error


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UploadFailed("UnreadableFile", f"{path.name} cannot be read: {error.strerror}") from error


def _storage_error(reply: Reply, name: str) -> DashScopeError:
    """The storage answers in XML; our local service in the API's JSON."""
    code, message, request_id = read_storage_error(reply.body)
    text = f"the storage refused {name}: {message or 'no explanation'}"
    if 300 <= reply.status < 400:
        return Redirected("Redirected", "the storage answered with a redirect, which is not followed", reply.status)
    if "policy expired" in message.lower():
        return PolicyExpired(code, text, reply.status, request_id)
    if code == "FileAlreadyExists" or reply.status == 409:
        return ObjectExists(code or "FileAlreadyExists", text, reply.status, request_id)
    if reply.status >= 500 or reply.status == 429:
        transient = error_from_reply(reply.status, reply.headers, reply.body)
        transient.code, transient.message, transient.request_id = code or transient.code, text, request_id
        return transient
    if code in _TOO_SLOW:
        return ServiceUnavailable(code, text, reply.status, request_id)
    return UploadFailed(code or f"HTTP_{reply.status}", text, reply.status, request_id)


def read_storage_error(body: bytes) -> tuple[str, str, str | None]:
    """Code, message and request id of the storage's XML error, else of a JSON one; empty if there is none.

    Three known elements are looked for and nothing is expanded, so no XML parser is let near foreign input.
    """
    text = body.decode("utf-8", "replace")
    found = {
        tag: html.unescape(match[1].strip())
        for tag in ("Code", "Message", "RequestId")
        if (match := re.search(rf"<{tag}>([^<]*)</{tag}>", text))
    }
    if found:
        return found.get("Code", ""), found.get("Message", ""), found.get("RequestId")
    read = read_error_body(body)
    return read.code, read.message, read.request_id


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
