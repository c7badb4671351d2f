"""Where the service gets the audio from: a temporary upload, or a server that has the recordings already.

Every address carries the submission's id, so that a result's `file_url` names its row of the ledger.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.object_storage.locations import BucketUrl, is_in_a_bucket

SUBMISSION_IN_URL = re.compile(r"qa-([0-9a-f]{32})")
SAFE_NAME_LENGTH = 80


class SourceMissing(LookupError):
    """The recording is no longer where it landed, or lies where this source cannot reach it."""


class AudioSource(Protocol):
    """Gives one recording an address that the service can read."""

    async def url_for(self, source_uri: str, submission_id: str) -> str:
        """An http(s):// or oss:// address of the recording.

        Raises:
            SourceMissing: the recording is gone, or this source cannot give it an address.
        """


class UploadSource:
    """The service's own temporary storage (48 h)."""

    def __init__(self, client: DashScopeClient, model: str) -> None:
        self._client = client
        self._model = model

    async def url_for(self, source_uri: str, submission_id: str) -> str:
        """Uploads the file and returns its oss:// address."""
        path = local_path(source_uri)
        # A submission may be uploaded anew (its first request never arrived), and the storage overwrites nothing.
        object_name = f"qa-{submission_id}-{secrets.token_hex(4)}-{safe_name(path)}"
        return await self._client.upload(path, model=self._model, object_name=object_name)


class HttpSource:
    """Recordings that are already served below a base URL, laid out as in the landing zone."""

    def __init__(self, base_url: str, landing_zone: Path | BucketUrl) -> None:
        self._base_url = base_url.rstrip("/")
        self._landing_zone = landing_zone

    async def url_for(self, source_uri: str, submission_id: str) -> str:
        """The recording's address; the submission's id rides in the query, which file servers ignore."""
        return f"{self._base_url}/{quote(self._place(source_uri))}?submission=qa-{submission_id}"

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
        path, root = local_path(source_uri), zone.resolve()
        if not path.is_relative_to(root):
            raise self._outside(str(path))
        return path.relative_to(root).as_posix()

    def _outside(self, recording: str) -> SourceMissing:
        return SourceMissing(
            f"the recording {recording} lies outside QA_RECORDINGS ({self._landing_zone}), so the server at "
            f"{self._base_url} has no address for it; materialize `calls` again if the landing zone has moved"
        )


def safe_name(path: Path) -> str:
    """The file's name with what an object key should not have replaced; its end is kept, for the ending."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[-SAFE_NAME_LENGTH:]


def local_path(source_uri: str) -> Path:
    """The file behind a `file://` URI of the landing zone.

    Raises:
        SourceMissing: it is gone.
    """
    path = Path(unquote(urlsplit(source_uri).path))
    if not path.is_file():
        raise SourceMissing(f"the recording {path} is gone; put it back into the landing zone and run again")
    return path


def submission_in(file_url: str | None) -> str | None:
    """The submission that an address was made for, or None when it is not one of ours."""
    found = SUBMISSION_IN_URL.search(unquote(file_url)) if file_url else None
    return found.group(1) if found else None
