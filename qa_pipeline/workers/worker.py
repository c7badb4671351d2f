"""The program that takes steps: listens to the broker, claims, and has each step run in a process of its own."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from celery.worker import WorkController
from celery.worker import state as celery_state
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.settings import Settings
from qa_pipeline.workers.broker import TASK, celery_app, queue_name
from qa_pipeline.workers.register import WORKER, Program, registered, this_program
from qa_pipeline.workers.step_processes import StepProcesses
from qa_pipeline.workers.step_table import Claim, StepTable
from qa_pipeline.workers.tables import open_tables

DEFINITIONS = "qa_pipeline.definitions"
Say = Callable[[str], None]


class Worker:
    """A worker of some queues, with `at_once` places. `say` is told what it does, a line each time."""

    def __init__(
        self, settings: Settings, queues: Sequence[str], at_once: int, say: Say, definitions: str = DEFINITIONS
    ) -> None:
        self._settings, self._say = settings, say
        self.engine = open_tables(settings)
        self._steps = StepTable(self.engine)
        self._processes = StepProcesses(self._steps, definitions)
        self._asked_to_stop = 0
        name = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(2)}"
        self.program: Program = this_program(settings, WORKER, name, queues, at_once)

    def prepare(self) -> None:
        """Makes the tables where they are missing, and what steps' processes start from."""
        self._processes.prepare()
        self._steps.sweep()

    def run(self) -> bool:
        """Takes steps until it is told to stop, and has those that it has come to their end; a second signal gives
        them back at once. False where it came to its end in another way, which `say` was told.
        """
        app = celery_app(self._settings)
        app.task(name=TASK)(self._take)
        controller = WorkController(
            app=app,
            hostname=self.program.name,
            pool_cls="threads",
            concurrency=self.program.at_once,
            queues=[queue_name(queue) for queue in self.program.queues],
            loglevel=logging.WARNING,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with registered(self.engine, self.program):
                controller.start()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self._asked_to_stop > 0 and not controller.exitcode

    def _take(self, queue: str) -> None:
        """A message came: claims a step and runs it, where one waits."""
        program = self.program
        if self._asked_to_stop or queue not in program.queues:
            return
        try:
            claim = self._steps.claim(queue, program.name, program.version, program.fingerprint)
            if claim is not None:
                self._run(claim)
        except SQLAlchemyError as error:
            self._say(f"the database does not answer, a step waits for it: {str(error).splitlines()[0]}")

    def _run(self, claim: Claim) -> None:
        step = f"{claim.step_key} of run {claim.run_id[:8]}"
        self._say(f"took {step}")
        began_at = time.monotonic()
        came_to_its_end = self._processes.run(claim)
        minutes, seconds = divmod(int(time.monotonic() - began_at), 60)
        self._say(f"{'ended' if came_to_its_end else 'lost'} {step} ({minutes}:{seconds:02})")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop += 1
        if self._asked_to_stop == 1:
            self._say("stopping: no more steps are taken, those under way come to their end; once more gives them back")
            celery_state.should_stop = 0
        else:
            self._say("stopping at once: other workers get the steps under way")
            self._processes.give_back()


def quiet_libraries(say: Say) -> None:
    """What Celery and its libraries have to say, a line each, without the traceback of each try to reach the broker."""
    handler = _Lines(say)
    for name in ("celery", "kombu", "amqp"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)


class _Lines(logging.Handler):
    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[Any] = record.getMessage().strip().splitlines()
        if lines:
            self._say(str(lines[0]))
