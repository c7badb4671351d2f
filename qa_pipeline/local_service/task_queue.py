"""The queue: every task this service still knows, in memory, over the store; and the workers that run them.

Queries and lists are answered from memory alone. Memory never runs ahead of the store where it would matter:
a task exists, is cancelled or has ended only after the commit. The one exception is RUNNING, which a restart
turns back into PENDING anyway. Used from one event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from qa_pipeline.local_service.store import Store
from qa_pipeline.local_service.tasks import FileOutcome, Task, TaskState, overall_state

logger = logging.getLogger(__name__)

RunTask = Callable[[Task], Awaitable[tuple[FileOutcome, ...]]]

STORE_RETRY_S = 1.0
"""Pause before a result that couldn't be stored (disk full) is stored again."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """`concurrency`: tasks RUNNING at once; `ttl_s`: how long a task is known after its end, or may wait."""

    concurrency: int
    ttl_s: float


class TaskQueue:
    """Submits, runs, cancels and forgets tasks.

    `run_task` does the work of one task and never raises for a bad file; `latency_s` gives the least time the
    next task shall take; `now_ms` is the wall clock in epoch milliseconds.
    """

    def __init__(
        self,
        store: Store,
        run_task: RunTask,
        settings: QueueSettings,
        *,
        latency_s: Callable[[], float],
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._run_task = run_task
        self._settings = settings
        self._latency_s = latency_s
        self._now_ms = now_ms
        self._tasks: dict[str, Task] = {}
        self._waiting: deque[Task] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Takes up what the store holds: waiting and interrupted tasks go on in order of submission."""
        for task in await self._store.load_tasks():
            self._tasks[task.task_id] = task
            if task.state is TaskState.PENDING:
                self._waiting.append(task)
        self._start_waiting()

    async def stop(self) -> None:
        """Breaks off what runs (it is done again after a restart) and starts nothing more."""
        self._stopping = True
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def submit(self, task: Task) -> None:
        """Stores a new task and queues it."""
        await self._store.add_task(task)
        self._tasks[task.task_id] = task
        self._waiting.append(task)
        self._start_waiting()

    async def cancel(self, task: Task) -> bool:
        """Cancels a waiting task; False when it no longer waits."""
        if task.state is not TaskState.PENDING:
            return False
        ended_ms = self._now_ms()
        task.state = TaskState.CANCELED  # before the commit, so that no worker takes it meanwhile
        try:
            await self._store.set_state(task.task_id, TaskState.CANCELED, ended_ms=ended_ms)
        except Exception:
            task.state = TaskState.PENDING
            self._waiting.append(task)
            self._start_waiting()
            raise
        task.ended_ms = ended_ms
        return True

    def find(self, task_id: str, account: str | None) -> Task | None:
        """The task, unless it is unknown, expired or (with `account`) another account's."""
        task = self._tasks.get(task_id)
        if task is None or self._is_expired(task) or (account is not None and task.account != account):
            return None
        return task

    def newest_first(self) -> Iterator[Task]:
        """Every task that has not expired, the latest submitted first."""
        return (task for task in reversed(list(self._tasks.values())) if not self._is_expired(task))

    def counts(self) -> dict[str, int]:
        """Tasks by state; every state has a figure."""
        counted = Counter(task.state for task in self._tasks.values() if not self._is_expired(task))
        return {state.value: counted[state] for state in TaskState if state is not TaskState.UNKNOWN}

    async def forget_expired(self) -> None:
        """Drops tasks past their time from memory and store, and ends those that waited too long."""
        for task in [task for task in self._waiting if self._waited_too_long(task)]:
            await self._expire_waiting(task)
        expired = [task.task_id for task in self._tasks.values() if self._is_expired(task)]
        if expired:
            await self._store.forget_tasks(expired)
            for task_id in expired:
                del self._tasks[task_id]

    def _is_expired(self, task: Task) -> bool:
        return task.ended_ms is not None and self._now_ms() - task.ended_ms > self._settings.ttl_s * 1000

    def _waited_too_long(self, task: Task) -> bool:
        waits = task.state is TaskState.PENDING
        return waits and self._now_ms() - task.submitted_ms > self._settings.ttl_s * 1000

    def _start_waiting(self) -> None:
        while self._waiting and len(self._workers) < self._settings.concurrency and not self._stopping:
            task = self._waiting.popleft()
            if task.state is not TaskState.PENDING:
                continue
            task.state = TaskState.RUNNING
            task.scheduled_ms = self._now_ms()
            worker = asyncio.create_task(self._work(task), name=f"task {task.task_id}")
            self._workers.add(worker)
            worker.add_done_callback(self._worker_done)

    def _worker_done(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            logger.error("%s ended without an outcome", worker.get_name(), exc_info=error)
        self._start_waiting()

    async def _work(self, task: Task) -> None:
        if self._now_ms() - task.submitted_ms > self._settings.ttl_s * 1000:
            await self._finish(task, _expired_files(task))
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + self._latency_s()
        await self._note_running(task)
        files = await self._run_task(task)
        await asyncio.sleep(due - loop.time())
        await self._finish(task, files)

    async def _note_running(self, task: Task) -> None:
        try:
            await self._store.set_state(task.task_id, TaskState.RUNNING, scheduled_ms=task.scheduled_ms)
        except Exception:
            logger.exception("task %s runs, but that could not be stored", task.task_id)

    async def _expire_waiting(self, task: Task) -> None:
        task.state = TaskState.RUNNING  # no worker and no cancel may take it from here on
        task.scheduled_ms = self._now_ms()
        await self._finish(task, _expired_files(task))

    async def _finish(self, task: Task, files: tuple[FileOutcome, ...]) -> None:
        state = overall_state(files)
        while True:
            ended_ms = self._now_ms()
            try:
                task.files = await self._store.finish_task(task, state, files, ended_ms=ended_ms)
                break
            except Exception:
                logger.exception("the end of task %s could not be stored; trying again", task.task_id)
                await asyncio.sleep(STORE_RETRY_S)
        task.ended_ms = ended_ms
        task.state = state


def _expired_files(task: Task) -> tuple[FileOutcome, ...]:
    message = "FILE_TRANS_TASK_EXPIRED: the task waited longer than tasks are kept; submit it again."
    return tuple(FileOutcome(url, code="FILE_TRANS_TASK_EXPIRED", message=message) for url in task.request.urls)
