"""Whose audio a task was made of, where its address names no submission: signed addresses of a bucket's objects.

An object of the landing zone is signed as it lies there, so its address carries no id of ours. What remains is the
address that the ledger noted before the request left. The whole of it, signature and all, is as good as an id. Where
the service names the object and drops the signature, object, channels and time must agree, with one row and one task
only. Whenever two could be meant nothing is guessed: a row that is wrongly adopted would get another one's transcript.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from qa_pipeline.dispatch.audio_source import submission_in
from qa_pipeline.ledger.rows import LedgerRow

EARLIEST_S = 900.0
"""A task can't have been made before its request left; so far apart may the clocks be after what is known of them."""

LATEST_S = 1800.0
"""A request waits for its answer for minutes at most; a task made later belongs to another one."""

_UNTOLD = "task {} is of the same recording, and the service does not say which request created it"


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a task that succeeded says of its audio; `channels` are None while its result was not read.

    `created_at` is by this machine's clock.
    """

    task_id: str
    file_url: str
    channels: frozenset[int] | None
    created_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that may have left: its row's submission, channels and address."""

    submission_id: str
    channels: frozenset[int]
    file_url: str
    sending_at: float


@dataclass(frozen=True, slots=True)
class Matches:
    """Task ids by submission, and submissions for which that is uncertain, with the reason."""

    tasks: dict[str, str]
    doubts: dict[str, str]


def sent_requests(rows: Iterable[LedgerRow]) -> list[Sent]:
    """The requests among rows whose address names no submission; the only ones this module is about."""
    by_submission: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row.file_url and submission_in(row.file_url) is None:
            by_submission[row.submission_id].append(row)
    return [
        Sent(key, frozenset(row.channel_id for row in group), group[0].file_url or "", group[0].sending_at or 0.0)
        for key, group in by_submission.items()
    ]


def is_of(file_url: str, requests: Iterable[Sent]) -> bool:
    """Whether an address may be that of one of the requests, so that the task's result must be looked at."""
    return any(_name(file_url) == _name(sent.file_url) for sent in requests)


def match(tasks: Sequence[MadeOf], requests: Sequence[Sent]) -> Matches:
    """Brings tasks and requests together; `requests` are all that may be under way, also other runs'.

    A submission that is in neither part of the answer has no task among these.
    """
    found: dict[str, list[str]] = defaultdict(list)
    exact: set[str] = set()
    doubts: dict[str, str] = {}
    for task in tasks:
        possible = _fitting(task, requests)
        same = [sent for sent in possible if sent.file_url == task.file_url]
        chosen = same or [sent for sent in possible if _object(sent.file_url) == _object(task.file_url)]
        if len(chosen) == 1:
            found[chosen[0].submission_id].append(task.task_id)
            exact |= {chosen[0].submission_id} if same else set()
        else:
            doubts |= {sent.submission_id: _UNTOLD.format(task.task_id) for sent in chosen or possible}
    for submission_id, task_ids in found.items():
        if len(task_ids) > 1 and submission_id not in exact:
            doubts[submission_id] = f"{len(task_ids)} tasks of that time are of this recording"
    return Matches({key: min(ids) for key, ids in found.items() if key not in doubts}, doubts)


def _fitting(task: MadeOf, requests: Iterable[Sent]) -> list[Sent]:
    """The requests that an object of this name, these channels and this time can belong to."""
    return [
        sent
        for sent in requests
        if _name(sent.file_url) == _name(task.file_url)
        and (not task.channels or task.channels <= sent.channels)
        and (sent.file_url == task.file_url or _is_in_time(task, sent))
    ]


def _is_in_time(task: MadeOf, sent: Sent) -> bool:
    if task.created_at is None:
        return True
    return -EARLIEST_S <= task.created_at.timestamp() - sent.sending_at <= LATEST_S


def _object(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.netloc.lower(), unquote(parts.path))


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]
