"""What a task is from submit to end, as plain values that can be stored and read back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit


class TaskState(StrEnum):
    """Task states of the wire. UNKNOWN is only ever said of an id this service doesn't (any longer) have."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        """Whether the task will never change again."""
        return self in (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELED)


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """What was asked: `urls` as typed, channels from 0, and the parameters that change the answer.

    `resolve_oss` is whether the submit carried `X-DashScope-OssResourceResolve: enable`; `word_filter` is the JSON text
    of `special_word_filter`.
    """

    model: str
    urls: tuple[str, ...]
    channel_ids: tuple[int, ...] = (0,)
    language: str | None = None
    enable_words: bool = False
    resolve_oss: bool = False
    word_filter: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, read back by `from_json`."""
        return {
            "model": self.model,
            "urls": list(self.urls),
            "channel_ids": list(self.channel_ids),
            "language": self.language,
            "enable_words": self.enable_words,
            "resolve_oss": self.resolve_oss,
            "word_filter": self.word_filter,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TaskRequest:
        """The request that `to_json` wrote."""
        return cls(**{**document, "urls": tuple(document["urls"]), "channel_ids": tuple(document["channel_ids"])})


@dataclass(frozen=True, slots=True)
class Charge:
    """What one channel of one file cost: whole seconds, and the sha256 (hex) of the file's bytes."""

    channel_id: int
    audio_sha256: str
    billed_s: int


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The end of one file of a task: a result file and its charges, or a code and a message."""

    url: str
    result: bytes | None = None
    charges: tuple[Charge, ...] = ()
    code: str | None = None
    message: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether there is a result."""
        return self.code is None


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What is remembered of a file's outcome once the result is stored."""

    url: str
    billed_s: int
    code: str | None = None
    message: str | None = None


@dataclass(slots=True)
class Task:
    """One task; times in epoch milliseconds. `account` is the digest of the submitting key."""

    task_id: str
    request_id: str
    account: str
    request: TaskRequest
    submitted_ms: int
    state: TaskState = TaskState.PENDING
    scheduled_ms: int | None = None
    ended_ms: int | None = None
    files: tuple[FileSummary, ...] = ()

    @property
    def billed_s(self) -> int:
        """Seconds billed for the whole task; 0 until it succeeds."""
        return sum(item.billed_s for item in self.files)

    @property
    def failure(self) -> FileSummary | None:
        """The first file that failed, if any."""
        return next((item for item in self.files if item.code is not None), None)


def overall_state(files: tuple[FileOutcome, ...]) -> TaskState:
    """SUCCEEDED when at least one file did, as the service counts tasks of several files."""
    return TaskState.SUCCEEDED if any(item.succeeded for item in files) else TaskState.FAILED


def file_name_of(url: str) -> str:
    """The last part of a URL's path, percent-decoded: what messages call the recording."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        path = url
    return PurePosixPath(path).name or url[:200]
