"""A step that is another worker's by now, or does not stop as it was told to, is ended with all that it has started."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import threading
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import create_engine

from qa_pipeline.workers.step_table import Claim, StepState, StepTable

WITHIN_S = 60.0
CLAIM = Claim(1, "run", "part[1]", 0, "{}", "a worker")
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["qa_pipeline.workers.step_process"])


class Told(StepTable):
    """A table that says one thing to every sign of life, after a fault; and tells the test why a step was lost."""

    def __init__(self, says: StepState | None, told: Connection) -> None:
        super().__init__(create_engine("sqlite://"))
        self._says, self._told, self._beats = says, told, 0

    def beat(self, claim: Claim) -> StepState | None:
        self._beats += 1
        if self._beats == 1:
            raise RuntimeError("a fault of the table")
        return self._says

    def lose(self, claim: Claim, reason: str) -> None:
        self._told.send(reason)


def step_that_ignores_its_end(says: StepState | None, told: Connection) -> None:
    """The process of a step: one thread keeps the claim, as `take_step` has it, and the step itself hears nothing."""
    from qa_pipeline.workers.step_process import Holding

    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(["sleep", "600"]) as started:
        told.send(started.pid)
        holding = Holding(Told(says, told), CLAIM, beat_every_s=0.01, stops_within_s=0.05)
        threading.Thread(target=holding.keep, daemon=True).start()
        started.wait()


def is_gone(pid: int) -> bool:
    """Whether a process ends, waited for by its parent or not. Its files are closed a moment before."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended, _, _ = select.select([watched], [], [], WITHIN_S)
        return bool(ended)
    finally:
        os.close(watched)


@pytest.mark.process
@pytest.mark.parametrize("says", [StepState.STOPPING, None], ids=["told to stop", "taken away"])
def test_a_step_that_ignores_its_end_is_ended_with_what_it_started(says: StepState | None) -> None:
    told, shown = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=step_that_ignores_its_end, args=(says, shown))
    process.start()
    shown.close()
    assert told.poll(WITHIN_S)
    started = told.recv()
    process.join(WITHIN_S)
    ended = process.exitcode
    if ended is None:
        process.kill()
        os.kill(started, signal.SIGKILL)
    assert ended == -signal.SIGKILL
    if says is StepState.STOPPING:
        assert told.recv() == "part[1] was told to stop and did not end within 0.05 s"
    with pytest.raises(EOFError):  # nobody is left who could say anything
        told.recv()
    assert is_gone(started)
