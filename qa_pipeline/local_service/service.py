"""One running service: its parts put together, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from starlette.requests import Request

from qa_pipeline.local_service.access import TemporaryKeys, account_of
from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.database import Database
from qa_pipeline.local_service.execution import TaskRunner
from qa_pipeline.local_service.faults import FaultSwitches
from qa_pipeline.local_service.listening import Listener
from qa_pipeline.local_service.rate_limits import SlidingWindow
from qa_pipeline.local_service.recognition_means import RecognitionMeans
from qa_pipeline.local_service.recognizers import Recognizer
from qa_pipeline.local_service.recognizers.auto import AutoRecognizer
from qa_pipeline.local_service.recognizers.benchmark import BenchmarkRecognizer
from qa_pipeline.local_service.recognizers.opening import find_whisper, listens, open_listening_recognizer, open_whisper
from qa_pipeline.local_service.recognizers.reference import ReferenceRecognizer
from qa_pipeline.local_service.signing import Signer
from qa_pipeline.local_service.sound_memory import KnownSounds
from qa_pipeline.local_service.sources import Sources
from qa_pipeline.local_service.store import Store
from qa_pipeline.local_service.task_queue import QueueSettings, TaskQueue
from qa_pipeline.local_service.uploads import Uploads
from qa_pipeline.transcription.models import Model

logger = logging.getLogger(__name__)

SWEEP_S = 60.0
"""How often expired tasks, results and uploads are dropped; they are refused from the moment they expire."""


class LocalService:
    """Everything behind the endpoints. `clock` is the wall clock in epoch seconds, replaceable in tests."""

    store: Store
    queue: TaskQueue
    listener: Listener
    uploads: Uploads
    signer: Signer

    def __init__(self, config: ServiceConfig, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.clock = clock
        self.faults = FaultSwitches(config.faults)
        self.query_limit = SlidingWindow(config.queries_per_second, 1.0, time.monotonic)
        self.policy_limit = SlidingWindow(config.policies_per_second, 1.0, time.monotonic)
        self._submit_limits: dict[str, SlidingWindow] = {}
        self._closing = contextlib.AsyncExitStack()
        self.recognizer: Recognizer = BenchmarkRecognizer()
        self.started_ms = self.now_ms()

    def now_ms(self) -> int:
        """The wall clock in epoch milliseconds."""
        return int(self.clock() * 1000)

    def account_of(self, request: Request) -> str:
        """The account that a request's key stands for.

        Raises:
            ServiceError: 401 InvalidApiKey.
        """
        return account_of(request, self.config.api_key, TemporaryKeys(self.signer), self.clock())

    def submit_limit(self, model: Model) -> SlidingWindow:
        """The window that counts submits of, or calls to, one model (each key on its own)."""
        if model.id not in self._submit_limits:
            self._submit_limits[model.id] = SlidingWindow(self.submits_per_minute(model), 60.0, time.monotonic)
        return self._submit_limits[model.id]

    def submits_per_minute(self, model: Model) -> int:
        """Submits or calls per minute that one key may make for `model`."""
        return self.config.submits_per_minute or model.requests_per_minute

    async def start(self) -> None:
        """Opens the state and continues with what waits in it.

        Raises:
            StateInUse: another service holds the state folder.
            ConfigError: the recognizer's package, weights or settings are missing or wrong.
            OSError, sqlite3.Error: the folder can't be used.
        """
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise

    async def _start(self) -> None:
        home = self._home()
        database = Database(None if self.config.state_dir is None else home / "local-service.sqlite")
        await asyncio.to_thread(database.open)
        self._closing.push_async_callback(asyncio.to_thread, database.close)
        self.store = Store(database)
        self.signer = await self.store.signer()
        await self._tidy_folders(home)
        self.uploads = Uploads(self.config, self.store, self.signer, home / "uploads", self.now_ms)
        executor = ThreadPoolExecutor(self.config.threads, thread_name_prefix="recognize")
        self._closing.push_async_callback(asyncio.to_thread, executor.shutdown, cancel_futures=True)
        await self._open_recognizer(home, executor)
        sources = Sources(
            self.config,
            self.store,
            executor,
            uploads_dir=home / "uploads",
            incoming_dir=home / "incoming",
            now_ms=self.now_ms,
        )
        self._closing.push_async_callback(sources.close)
        means = RecognitionMeans(self.config, sources, self.recognizer, KnownSounds(), self.faults, executor)
        runner = TaskRunner(means)
        self.listener = Listener(self.store, means)
        self.queue = TaskQueue(
            self.store,
            runner.run,
            QueueSettings(self.config.concurrency, self.config.result_ttl_s),
            latency_s=self.faults.task_latency_s,
            now_ms=self.now_ms,
        )
        await self.queue.start()
        self._closing.push_async_callback(self.queue.stop)
        sweeper = asyncio.create_task(self._sweep_for_ever(), name="sweep")
        self._closing.push_async_callback(_stop_task, sweeper)

    async def stop(self) -> None:
        """Stops the queue (running tasks are done again after a restart), then closes everything."""
        await self._closing.aclose()

    async def sweep(self) -> None:
        """Drops what has expired: tasks with their results, uploads with their files."""
        await self.queue.forget_expired()
        oldest_ms = self.now_ms() - int(self.config.upload_ttl_s * 1000)
        for name in await self.store.forget_uploads(oldest_ms):
            (self._uploads_dir / name).unlink(missing_ok=True)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception:
                logger.exception("expired tasks and uploads could not be dropped; trying again in a minute")

    def _home(self) -> Path:
        if self.config.state_dir is not None:
            self.config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.config.state_dir
        home = Path(tempfile.mkdtemp(prefix="qa-local-service-"))
        self._closing.push_async_callback(asyncio.to_thread, shutil.rmtree, home, ignore_errors=True)
        return home

    async def _tidy_folders(self, home: Path) -> None:
        """Makes the folders and removes what a killed process left half-written in them."""
        self._uploads_dir = home / "uploads"
        incoming = home / "incoming"
        known = await self.store.upload_names()

        def tidy() -> None:
            self._uploads_dir.mkdir(exist_ok=True)
            incoming.mkdir(exist_ok=True)
            for path in [*incoming.iterdir(), *self._uploads_dir.iterdir()]:
                if path.parent == incoming or path.name not in known:
                    path.unlink()

        await asyncio.to_thread(tidy)

    async def _open_recognizer(self, home: Path, executor: ThreadPoolExecutor) -> None:
        if self.config.recognizer == "benchmark":
            return
        if listens(self.config):
            listening = await asyncio.to_thread(open_listening_recognizer, self.config)
            self.recognizer = listening
            self._closing.callback(listening.stop)
            return
        cache = None if self.config.state_dir is None else home / "reference-index.json"
        known = ReferenceRecognizer(self.config.references, cache)
        is_auto = self.config.recognizer == "auto"
        recognizer: AutoRecognizer | ReferenceRecognizer = known
        if is_auto:
            recognizer = AutoRecognizer(known, partial(open_whisper, self.config), partial(find_whisper, self.config))
        self.recognizer = recognizer
        executor.submit(recognizer.refresh).add_done_callback(_log_failure)
        self._closing.callback(recognizer.stop)


def _log_failure(future: Future[None]) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        logger.error("the reference folders could not be read", exc_info=error)


async def _stop_task(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
