"""Starts a process for each step from one that has imported all that steps need: some milliseconds instead of seconds.

The processes are children of a server process, not of a pool's, so a step may start processes itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from qa_pipeline.workers.step_table import Claim, StepTable

GIVEN_BACK = "given back"
"""Begins the reason of a step whose worker was told to stop at once."""

_NEEDED = ("qa_pipeline.cli", "qa_pipeline.workers.step_process")
_STEP_PROCESS = "qa_pipeline.workers.step_process"


class StepProcesses:
    """The processes of one worker's steps. `definitions` is the module whose jobs they are of."""

    def __init__(self, steps: StepTable, definitions: str) -> None:
        self._steps, self._definitions = steps, definitions
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*_NEEDED, definitions])
        self._running: dict[int, ForkServerProcess] = {}
        self._is_given_back = False

    def prepare(self) -> None:
        """Makes Dagster's tables and the shared ones where they are missing.

        Raises:
            RuntimeError: it did not work out; the process has said why on standard error.
        """
        process = self._context.Process(target=_call, args=("make_instance",))
        process.start()
        process.join()
        if process.exitcode:
            raise RuntimeError(f"the process ended with status {process.exitcode}")

    def run(self, claim: Claim) -> bool:
        """Runs a step to its end, good or bad; whether its process came to its own end."""
        lives, shown = self._context.Pipe()
        process = self._context.Process(
            target=_call, args=("take_step", claim, shown, self._definitions), name=claim.step_key
        )
        with lives:
            process.start()
            shown.close()
            assert process.pid is not None, "it was started"
            self._running[process.pid] = process
            process.join()
            del self._running[process.pid]
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what a killed step has left
        if process.exitcode:
            self._steps.lose(claim, self._reason(claim, process.exitcode))
        return process.exitcode == 0

    def give_back(self) -> None:
        """Ends all running steps at once; they are offered to other workers again."""
        self._is_given_back = True
        for pid in list(self._running):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _reason(self, claim: Claim, exit_code: int) -> str:
        if self._is_given_back:
            return f"{GIVEN_BACK} by worker {claim.worker}, which was told to stop"
        if exit_code < 0:
            name = signal.Signals(-exit_code).name
            hint = " (short of memory?)" if -exit_code == signal.SIGKILL else ""
            return f"its process on worker {claim.worker} was ended by {name}{hint}"
        return f"its process on worker {claim.worker} ended with status {exit_code}"


def _call(name: str, *arguments: Any) -> None:
    """What a process begins with: the worker itself need not import Dagster."""
    function: Callable[..., None] = getattr(import_module(_STEP_PROCESS), name)
    function(*arguments)
    sys.stdout.flush()
