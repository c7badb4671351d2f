"""One look at the service's list of tasks: whose the tasks are that the ledger does not know.

A result names the address of its audio, which has our submission's id in it, or is (where a bucket's object was
signed) the one that the ledger noted; see `addresses`. A task that names neither is not simply somebody else's: the
service may have renamed the file. Only time, channels and length can tell it apart from a lost request; where they
don't, it is a doubt about that request. Nothing is guessed: a row that is wrongly adopted would get another one's
transcript, and one that is wrongly given up is paid for twice.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from qa_pipeline.dashscope.errors import BadReply, DashScopeError
from qa_pipeline.dashscope.tasks import ListedTask, TaskState, TaskStatus
from qa_pipeline.dispatch.addresses import EARLIEST_S, LATEST_S, MadeOf, Sent, is_of, match, sent_requests
from qa_pipeline.dispatch.audio_source import submission_in
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.results import BadResult, load_object

CLOCK_SKEW_S = EARLIEST_S
"""So much earlier and later than our times the list is read, on top of what is known of the service's clock."""

WAITED_FOR_S = 900.0
"""A task of the list that does not end for so long is a doubt; the next run looks again."""

LENGTH_SLACK_S = 5.0
LENGTH_SLACK_SHARE = 0.1
"""Two lengths that differ by more than both are those of two recordings."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A task that may be one of ours and does not say so; `created_at` is by this machine's clock, None: not told."""

    why: str
    created_at: float | None
    channels: frozenset[int] = frozenset()
    length_s: float | None = None

    def may_be(self, submission: Submission) -> bool:
        """Whether nothing tells it apart from what a submission asked for."""
        first = submission.first
        if self.created_at is not None and not (-EARLIEST_S <= self.created_at - (first.sending_at or 0.0) <= LATEST_S):
            return False
        if not self.channels <= {row.channel_id for row in submission.rows}:
            return False
        if self.length_s is None:
            return True
        slack_s = max(LENGTH_SLACK_S, LENGTH_SLACK_SHARE * first.audio_s)
        return abs(self.length_s - first.audio_s) <= slack_s


Owner: TypeAlias = str | MadeOf | Untold | None
"""The submission that made a task, or what it was made of, or a doubt; None: it cost nothing or is not ours."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look told.

    `tasks` by submission, `doubts` by submission with the reason. `shown_until`: the latest of our requests whose task
    is on the list left then (UTC epoch seconds, 0: none is on it); up to there the list is known to be complete.
    """

    tasks: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    shown_until: float = 0.0


class TaskSearch:
    """Looks for lost requests in the list of one run's account; remembers what it found out about each task."""

    def __init__(self, run: RunParts) -> None:
        self._client = run.client
        self._poller = run.poller
        self._ledger = run.ledger
        self._wait_s = min(run.options.task_timeout_s, WAITED_FOR_S)
        self._owners: dict[str, Owner] = {}

    async def look(self, model: str, lost: Mapping[str, Submission]) -> Look:
        """Looks once for these requests, all of one model.

        Raises:
            DashScopeError: the list can't be read.
        """
        listed = await self._list(model, [submission.first.sending_at or 0.0 for submission in lost.values()])
        known = await asyncio.to_thread(self._ledger.known_tasks, [task.task_id for task in listed])
        strangers = [task for task in listed if task.task_id not in known]
        signed = sent_requests(await asyncio.to_thread(self._may_be_under_way, model))
        owners = await asyncio.gather(*(self._owner(task, signed) for task in strangers))
        by_address = match([owner for owner in owners if isinstance(owner, MadeOf)], signed)
        tasks = by_address.tasks | {
            owner: task.task_id for owner, task in zip(owners, strangers, strict=True) if isinstance(owner, str)
        }
        doubts = dict(by_address.doubts)
        for owner in owners:
            if isinstance(owner, Untold):
                doubts |= {key: owner.why for key, submission in lost.items() if owner.may_be(submission)}
        shown = [known[task.task_id] for task in listed if task.task_id in known]
        shown += [lost[key].first.sending_at or 0.0 for key in tasks if key in lost]
        return Look(tasks, doubts, max(shown, default=0.0))

    async def _list(self, model: str, sending_at: Sequence[float]) -> list[ListedTask]:
        """The list from before the oldest request on, by the service's clock."""
        offset_s = self._client.clock_offset_s
        listed = await self._list_by(offset_s or 0.0, model, min(sending_at))
        learned_s = self._client.clock_offset_s or 0.0
        if offset_s is None and abs(learned_s) > CLOCK_SKEW_S / 2:  # the first reply of this run: now it is known
            listed = await self._list_by(learned_s, model, min(sending_at))
        return listed

    async def _list_by(self, offset_s: float, model: str, oldest: float) -> list[ListedTask]:
        """Reaches over both clocks: nobody knows which of them was right when the request left."""
        start = dt.datetime.fromtimestamp(oldest + min(offset_s, 0.0) - CLOCK_SKEW_S, dt.UTC)
        end = dt.datetime.fromtimestamp(self._ledger.clock() + max(offset_s, 0.0) + CLOCK_SKEW_S, dt.UTC)
        return await self._client.list_tasks(start, end, model=model)

    def _may_be_under_way(self, model: str) -> list[LedgerRow]:
        """Every row that may have a task which the ledger does not know, also those that other runs are sending."""
        rows = self._ledger.in_states((UnitState.SENDING, UnitState.UNKNOWN))
        return [row for row in rows if row.task_id is None and row.model == model]

    async def _owner(self, task: ListedTask, signed: Sequence[Sent]) -> Owner:
        if task.task_id in self._owners:
            return self._owners[task.task_id]
        created_at = task.created_at.timestamp() - (self._client.clock_offset_s or 0.0) if task.created_at else None
        try:
            async with asyncio.timeout(self._wait_s):
                since = dt.datetime.fromtimestamp(created_at or self._ledger.clock(), dt.UTC)
                status = await self._poller.watch(task.task_id, since)
                owner = await self._owner_by_status(task, status, signed, created_at)
        except TimeoutError:
            owner = Untold(f"task {task.task_id} has not ended in {self._wait_s:.0f} s", created_at)
        except DashScopeError as error:  # perhaps not the next time
            return Untold(f"task {task.task_id}: {error}", created_at)
        self._owners[task.task_id] = owner
        return owner

    async def _owner_by_status(
        self, task: ListedTask, status: TaskStatus, signed: Sequence[Sent], created_at: float | None
    ) -> Owner:
        if status.state is TaskState.UNKNOWN:
            why = f"task {task.task_id} is listed, and the service no longer knows what became of it"
            return Untold(why, created_at)
        if status.state is not TaskState.SUCCEEDED:
            return None
        for item in status.result_urls:
            if named := submission_in(item.file_url):
                return named
        url = next((item.transcription_url for item in status.result_urls if item.transcription_url), None)
        if url is not None:
            return await self._owner_by_result(task, url, signed, created_at)
        if status.result_urls and all(item.code for item in status.result_urls):
            return None
        return Untold(f"task {task.task_id} succeeded and names no result", created_at)

    async def _owner_by_result(
        self, task: ListedTask, url: str, signed: Sequence[Sent], created_at: float | None
    ) -> Owner:
        try:
            document = load_object(await self._client.download_result(url), "it")
        except BadResult as error:  # a page in its place, perhaps
            raise BadReply("BadReply", f"its result can't be read: {error}") from error
        file_url = document.get("file_url")
        named = file_url if isinstance(file_url, str) and file_url else None
        if submission := submission_in(named):
            return submission
        channels = _channels(document)
        if named is not None and is_of(named, signed):
            at = dt.datetime.fromtimestamp(created_at, dt.UTC) if created_at is not None else None
            return MadeOf(task.task_id, named, channels, at)
        says = "names a file that is not one of ours" if named else "does not say which audio it was made from"
        why = f"the result of task {task.task_id} {says}, and it may be of this recording"
        return Untold(why, created_at, channels, _length_s(document))


def _channels(document: Mapping[str, Any]) -> frozenset[int]:
    """The channels of a result, as far as it names them in a readable way."""
    transcripts = document.get("transcripts")
    rows: Iterable[Any] = transcripts if isinstance(transcripts, list) else ()
    named = [row.get("channel_id") for row in rows if isinstance(row, dict)]
    return frozenset(number for number in named if isinstance(number, int) and not isinstance(number, bool))


def _length_s(document: Mapping[str, Any]) -> float | None:
    """The length of the audio that a result was made from, where it says so (the fun-asr family)."""
    properties = document.get("properties")
    length_ms = properties.get("original_duration_in_milliseconds") if isinstance(properties, dict) else None
    is_length = isinstance(length_ms, int | float) and not isinstance(length_ms, bool) and length_ms > 0
    return float(length_ms) / 1000 if is_length else None  # type: ignore[arg-type]
