"""Temporary uploads: the policy that allows one, and the form post that makes one.

The policy is a signed statement of where, how big and until when; it names the account and the model, so that
an upload needs no other authorization, as with the real object storage. Field names, checks and error codes are
those of OSS PostObject.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.errors import StorageError
from qa_pipeline.local_service.form_stream import FormStream
from qa_pipeline.local_service.signing import Signer
from qa_pipeline.local_service.store import Store, Upload

MEGABYTE = 1024 * 1024
MAX_KEY_BYTES = 1023
WRITE_BLOCK_BYTES = 1024 * 1024
ACL, FORBID_OVERWRITE = "private", "true"
CAPACITY_LIMIT_MB = 999_999_999
"""The real service's figure is a quota; this server is only limited by its disk."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a policy allows: objects below `upload_dir`, up to `max_bytes`, until `expires_at_s` (epoch)."""

    account: str
    model: str
    upload_dir: str
    max_bytes: int
    expires_at_s: float


class Uploads:
    """Issues policies and takes uploads into `folder`; `now_ms` is the wall clock in epoch milliseconds."""

    def __init__(
        self, config: ServiceConfig, store: Store, signer: Signer, folder: Path, now_ms: Callable[[], int]
    ) -> None:
        self._config = config
        self._store = store
        self._signer = signer
        self._folder = folder
        self._now_ms = now_ms

    def policy(self, account: str, model: str, upload_host: str) -> dict[str, Any]:
        """The `data` object of a getPolicy answer."""
        now_s = self._now_ms() / 1000
        day = datetime.fromtimestamp(now_s, tz=UTC)
        upload_dir = f"dashscope-instant/{account[:32]}/{day:%Y-%m-%d}/{uuid.uuid4()}"
        expires_at_s = now_s + self._config.policy_ttl_s
        grant = Grant(account, model, upload_dir, self._config.max_upload_bytes, expires_at_s)
        policy = _encode_policy(grant)
        return {
            "policy": policy,
            "signature": self._signer.sign(policy),
            "upload_dir": upload_dir,
            "upload_host": upload_host,
            "expire_in_seconds": int(self._config.policy_ttl_s),
            "max_file_size_mb": max(1, self._config.max_upload_bytes // MEGABYTE),
            "capacity_limit_mb": CAPACITY_LIMIT_MB,
            "oss_access_key_id": self._signer.access_key_id,
            "x_oss_object_acl": ACL,
            "x_oss_forbid_overwrite": FORBID_OVERWRITE,
        }

    async def accept(self, content_type: str, body: AsyncIterator[bytes]) -> int:
        """Takes one form upload; returns the HTTP status to answer with (204 unless the form asks for another).

        Raises:
            StorageError: refused; nothing of it is kept.
        """
        form = FormStream(content_type, body)
        fields = await form.read_fields()
        grant = self._check(fields)
        object_key = _object_key(fields, form.file_name, grant)
        overwrite = fields.get("x-oss-forbid-overwrite", "false").lower() != "true"
        if not overwrite and await self._store.upload(object_key) is not None:
            raise _already_exists()
        # not the object key: it is a name of the sender's choice
        path = self._folder / uuid.uuid4().hex
        try:
            sha256, size = await self._write(form, path, grant.max_bytes)
            # fields after the file are read to the end, or the sender sees a broken connection
            await form.drain()
            upload = Upload(object_key, grant.account, grant.model, path.name, sha256, size, self._now_ms())
            # another upload of the same key may have ended meanwhile
            if not await self._store.add_upload(upload, overwrite=overwrite):
                raise _already_exists()
        # a cancelled request counts too
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return _success_status(fields)

    async def _write(self, form: FormStream, path: Path, max_bytes: int) -> tuple[str, int]:
        digest = hashlib.sha256()
        size = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            block = bytearray()
            async for chunk in form.file_chunks():
                size += len(chunk)
                if size > max_bytes:
                    raise StorageError(
                        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size."
                    )
                digest.update(chunk)
                block += chunk
                # one thread hand-over for each megabyte instead of for each network chunk
                if len(block) >= WRITE_BLOCK_BYTES:
                    await asyncio.to_thread(file.write, block)
                    block = bytearray()
            file.write(block)
        return digest.hexdigest(), size

    def _check(self, fields: dict[str, str]) -> Grant:
        for name in ("OSSAccessKeyId", "Signature", "policy", "key"):
            if name not in fields:
                raise StorageError(400, "InvalidArgument", f"The form has no field {name!r} before the file.")
        if fields["OSSAccessKeyId"] != self._signer.access_key_id:
            raise StorageError(
                403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records."
            )
        if not self._signer.verify(fields["policy"], fields["Signature"]):
            raise StorageError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        grant = _decode_policy(fields["policy"])
        if self._now_ms() / 1000 > grant.expires_at_s:
            raise StorageError(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        _check_conditions(fields, grant)
        return grant


def _encode_policy(grant: Grant) -> str:
    expiration = datetime.fromtimestamp(grant.expires_at_s, tz=UTC)
    document = {
        "expiration": f"{expiration:%Y-%m-%dT%H:%M:%S}.{expiration.microsecond // 1000:03d}Z",
        "conditions": [
            ["content-length-range", 0, grant.max_bytes],
            ["starts-with", "$key", grant.upload_dir],
            {"x-oss-object-acl": ACL},
            {"x-oss-forbid-overwrite": FORBID_OVERWRITE},
            {"x-local-account": grant.account},
            {"x-local-model": grant.model},
        ],
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def _decode_policy(policy: str) -> Grant:
    """Reads a policy whose signature is already known to be ours."""
    try:
        document = json.loads(base64.b64decode(policy, validate=True))
        conditions = document["conditions"]
        return Grant(
            account=conditions[4]["x-local-account"],
            model=conditions[5]["x-local-model"],
            upload_dir=conditions[1][2],
            max_bytes=conditions[0][2],
            expires_at_s=datetime.fromisoformat(document["expiration"]).timestamp(),
        )
    except (ValueError, KeyError, IndexError, TypeError, binascii.Error) as error:
        raise StorageError(400, "InvalidPolicyDocument", f"Invalid Policy: {error}.") from error


def _check_conditions(fields: dict[str, str], grant: Grant) -> None:
    if not fields["key"].startswith(f"{grant.upload_dir}/"):
        raise _condition_failed(["starts-with", "$key", grant.upload_dir])
    for name, value in (("x-oss-object-acl", ACL), ("x-oss-forbid-overwrite", FORBID_OVERWRITE)):
        if fields.get(name) != value:
            raise _condition_failed(["eq", f"${name}", value])


def _condition_failed(condition: list[str]) -> StorageError:
    return StorageError(
        403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}"
    )


def _object_key(fields: dict[str, str], file_name: str, grant: Grant) -> str:
    key = fields["key"].replace("${filename}", file_name)
    if len(key.encode()) > MAX_KEY_BYTES or key == f"{grant.upload_dir}/":
        raise StorageError(400, "InvalidObjectName", "The Length of Object name must be between 1 and 1023 bytes.")
    if "\0" in key:
        raise StorageError(400, "InvalidObjectName", "The specified object is not valid.")
    return key


def _success_status(fields: dict[str, str]) -> int:
    asked = fields.get("success_action_status", "204")
    return int(asked) if asked in ("200", "201", "204") else 204


def _already_exists() -> StorageError:
    return StorageError(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.")
