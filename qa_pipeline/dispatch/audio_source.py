"""Where the service gets the audio from: a temporary upload, a server that has the recordings, or a bucket.

An address carries the submission's id wherever it can, so that a result's `file_url` names its row of the ledger. The
signed address of an object of the landing zone can't: that row is found by the address itself (see `reconciler`).
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.thread_contexts import entered_in_thread
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone, existing_file
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.object_storage.locations import BucketUrl, is_in_a_bucket

logger = logging.getLogger("qa_pipeline.dispatch")

SUBMISSION_IN_URL = re.compile(r"qa-([0-9a-f]{32})")
SAFE_NAME_LENGTH = 80


class AudioSource(Protocol):
    """Gives one recording an address that the service can read."""

    async def url_for(self, source_uri: str, submission_id: str, model: str) -> str:
        """An http(s):// or oss:// address of the recording, for the model of that id.

        Raises:
            RecordingGone: the recording is gone, or this source cannot give it an address.
            StorageError: a bucket cannot be used.
        """

    async def release(self, submission_id: str) -> None:
        """The submission has come to its end: what was put somewhere for it may go. Raises nothing."""


class UploadSource:
    """The service's own temporary storage (48 h)."""

    def __init__(self, client: DashScopeClient, recordings: RecordingFiles) -> None:
        self._client = client
        self._recordings = recordings

    async def url_for(self, source_uri: str, submission_id: str, model: str) -> str:
        """Uploads the file and returns its oss:// address, which is good for this model only."""
        async with entered_in_thread(self._recordings.hold_to_send(source_uri)) as path:
            # A submission may be uploaded again (its first request never arrived), and the storage overwrites nothing.
            object_name = f"qa-{submission_id}-{secrets.token_hex(4)}-{safe_name(path)}"
            return await self._client.upload(path, model=model, object_name=object_name)

    async def release(self, submission_id: str) -> None:
        """Nothing: the service deletes uploads by itself."""


class HttpSource:
    """Recordings that are already served below a base URL, laid out as in the landing zone."""

    def __init__(self, base_url: str, landing_zone: Path | BucketUrl) -> None:
        self._base_url = base_url.rstrip("/")
        self._landing_zone = landing_zone

    async def url_for(self, source_uri: str, submission_id: str, model: str) -> str:
        """The recording's address; the submission's id rides in the query, which file servers ignore."""
        return f"{self._base_url}/{quote(self._place(source_uri))}?submission=qa-{submission_id}"

    async def release(self, submission_id: str) -> None:
        """Nothing: nothing was put anywhere."""

    def _place(self, source_uri: str) -> str:
        """Where the recording lies below the landing zone, with forward slashes."""
        zone = self._landing_zone
        if isinstance(zone, BucketUrl):
            key = zone.key_of(source_uri)
            if key is None:
                raise self._outside(source_uri)
            return key
        if is_in_a_bucket(source_uri):
            raise self._outside(source_uri)
        path, root = existing_file(source_uri), zone.resolve()
        if not path.is_relative_to(root):
            raise self._outside(str(path))
        return path.relative_to(root).as_posix()

    def _outside(self, recording: str) -> RecordingGone:
        return RecordingGone(
            f"the recording {recording} lies outside QA_RECORDINGS ({self._landing_zone}), so the server at "
            f"{self._base_url} has no address for it; materialize `calls` again if the landing zone has moved"
        )


class PresignedSource:
    """A bucket: objects of the landing zone as they lie there, files by way of a bucket for the time of their task."""

    def __init__(
        self, recordings: RecordingFiles, *, uploads: Bucket | None, ttl_s: float, keeps_uploads: bool = False
    ) -> None:
        self._recordings = recordings
        self._uploads = uploads
        self._ttl_s = ttl_s
        self._keeps_uploads = keeps_uploads
        self._uploaded: dict[str, list[str]] = {}

    async def url_for(self, source_uri: str, submission_id: str, model: str) -> str:
        """A signed address, valid from now for as long as the settings say."""
        if is_in_a_bucket(source_uri):
            return await asyncio.to_thread(self._recordings.sign, source_uri, self._ttl_s)
        if self._uploads is None:
            raise RecordingGone(
                f"the recording {source_uri} is not an object in a bucket: set QA_AUDIO_BUCKET, where recordings of "
                "this machine are put for the time of their transcription, or QA_AUDIO_URLS=upload"
            )
        async with entered_in_thread(self._recordings.hold_to_send(source_uri)) as path:
            key = f"qa-{submission_id}-{secrets.token_hex(4)}-{safe_name(path)}"
            await asyncio.to_thread(self._uploads.upload, key, path)
        self._uploaded.setdefault(submission_id, []).append(key)
        [url] = await asyncio.to_thread(self._uploads.sign, [key], self._ttl_s)
        return url

    async def release(self, submission_id: str) -> None:
        """Deletes what was uploaded for the submission, unless the settings keep it."""
        await self._delete(self._uploaded.pop(submission_id, []))

    async def sweep(self, ended: Callable[[Iterable[str]], set[str]]) -> None:
        """Deletes what killed runs have left: uploads of submissions that have ended, or whose address is dead.

        `ended` says which of some submissions' ids are of this ledger and have come to their end, or were sent so long
        ago that their address has expired.
        """
        if self._uploads is None or self._keeps_uploads:
            return
        try:
            listing = await asyncio.to_thread(self._uploads.listed)
        except StorageError as error:
            logger.warning("what earlier runs left in the bucket for audio was not looked for: %s", error)
            return
        owners = {item.key: owner for item in listing.objects if (owner := submission_in(item.key))}
        done = await asyncio.to_thread(ended, set(owners.values()))
        await self._delete([key for key, owner in owners.items() if owner in done])

    async def _delete(self, keys: list[str]) -> None:
        if not keys or self._uploads is None or self._keeps_uploads:
            return
        try:
            await asyncio.to_thread(self._uploads.delete, keys)
        except StorageError as error:
            logger.warning("%s is left in the bucket for audio; a later run deletes it: %s", ", ".join(keys), error)


def safe_name(path: Path) -> str:
    """The file's name with what an object key should not have replaced; its end is kept, for the ending."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[-SAFE_NAME_LENGTH:]


def submission_in(file_url: str | None) -> str | None:
    """The submission that an address was made for, or None when it is not one of ours."""
    found = SUBMISSION_IN_URL.search(unquote(file_url)) if file_url else None
    return found.group(1) if found else None
