"""Runs several programs as one: starts them, waits until each is ready, watches them, ends them together.

Every program has a process group and a log of its own. Whatever happens none is left behind: on the supervisor's
own end they are asked (SIGTERM), then killed; if the supervisor is killed the warden does the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from qa_pipeline.processes.children import last_lines
from qa_pipeline.processes.warden import end_groups, signal_group

READY_TIMEOUT_S = 180.0
GRACE_S = 10.0
LOOK_EVERY_S = 0.2
LOG_LIMIT_BYTES = 10 * 1024 * 1024
SHOWN_LOG_LINES = 12
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `is_ready` is asked again and again until it says True; it may raise `ProgramFailed`."""

    name: str
    arguments: tuple[str, ...]
    log_path: Path
    is_ready: Callable[[], bool]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)


class ProgramFailed(RuntimeError):
    """A program ended, or did not become ready; the message names it, the log and the log's last lines."""


class Interrupted(Exception):
    """Somebody asked for the end while programs were still starting."""


@dataclass(frozen=True, slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    log_begins_at: int


class Supervisor:
    """Context manager; at its end everything it started is gone."""

    def __init__(self, stop: threading.Event, *, grace_s: float = GRACE_S) -> None:
        self._stop = stop
        self._grace_s = grace_s
        self._running: list[_Running] = []
        self._warden: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._warden = subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline.processes.warden"],
            stdin=subprocess.PIPE,
            text=True,
            # a session of its own: Ctrl-C and a closed terminal must not end it before the programs
            start_new_session=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_all()
        assert self._warden is not None, "the block was entered"
        assert self._warden.stdin is not None, "its input is a pipe"
        self._warden.stdin.close()
        self._warden.wait()

    def start(self, program: Program) -> None:
        """Starts a program; its output is added to its log.

        Raises:
            ProgramFailed: it cannot be started at all.
        """
        program.log_path.parent.mkdir(parents=True, exist_ok=True)
        _limit_log(program.log_path)
        with program.log_path.open("ab") as log:
            begins_at = log.tell()
            try:
                process = subprocess.Popen(
                    program.arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=program.folder,
                    env=dict(program.environment),
                    # Ctrl-C in the terminal goes to the supervisor alone, which ends the programs in their order
                    start_new_session=True,
                )
            except OSError as error:
                raise ProgramFailed(f"{program.name} cannot be started: {error}") from error
        self._running.append(_Running(program, process, begins_at))
        self._tell_warden(f"+{process.pid}")

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> Iterator[str]:
        """Yields the name of each program as it becomes ready.

        Raises:
            ProgramFailed: one ended, or was not ready in time.
            Interrupted: the stop was asked for.
        """
        waiting = list(self._running)
        deadline = time.monotonic() + timeout_s
        while waiting:
            if self._stop.is_set():
                raise Interrupted
            self._check_alive()
            for running in [item for item in waiting if item.program.is_ready()]:
                waiting.remove(running)
                yield running.program.name
            if waiting and time.monotonic() > deadline:
                raise ProgramFailed(_told(waiting[0], f"was not ready within {timeout_s:.0f} s"))
            self._stop.wait(LOOK_EVERY_S)

    def watch(self) -> None:
        """Returns when the stop is asked for.

        Raises:
            ProgramFailed: a program ended by itself.
        """
        while not self._stop.wait(LOOK_EVERY_S):
            self._check_alive()

    def _check_alive(self) -> None:
        for running in self._running:
            status = running.process.poll()
            # after Ctrl-C every end is a wanted one
            if status is not None and not self._stop.is_set():
                how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
                raise ProgramFailed(_told(running, how))

    def _end_all(self) -> None:
        """Asks the programs, which end their own children; what is left in their groups is ended after them."""
        # last started first: what depends on another goes before it
        for running in reversed(self._running):
            if running.process.poll() is None:
                running.process.terminate()
        deadline = time.monotonic() + self._grace_s
        for running in self._running:
            try:
                running.process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                signal_group(running.process.pid, signal.SIGKILL)
                running.process.wait()
        groups = [running.process.pid for running in self._running]
        end_groups([group for group in groups if signal_group(group, 0)], max(deadline - time.monotonic(), 1.0))
        # only now: if we are killed above, the warden still has to end them
        for group in groups:
            self._tell_warden(f"-{group}")
        self._running.clear()

    def _tell_warden(self, line: str) -> None:
        assert self._warden is not None, "the block was entered"
        assert self._warden.stdin is not None, "its input is a pipe"
        self._warden.stdin.write(f"{line}\n")
        self._warden.stdin.flush()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set, instead of what they do otherwise.

    A closed terminal is no reason to stop for a program started with nohup.
    """
    stop = threading.Event()
    is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signals = [number for number in STOP_SIGNALS if not (is_nohup and number == signal.SIGHUP)]

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, ask) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _told(running: _Running, what: str) -> str:
    lines = last_lines(running.program.log_path, running.log_begins_at, SHOWN_LOG_LINES)
    shown = "".join(f"\n  {line}" for line in lines.splitlines()) or " (it wrote nothing)"
    return f"{running.program.name} {what}; the end of {running.program.log_path}:{shown}"


def _limit_log(path: Path) -> None:
    """A log that has grown large is put aside as `<name>.log.1`, in place of the one before."""
    if path.is_file() and path.stat().st_size > LOG_LIMIT_BYTES:
        os.replace(path, path.with_name(f"{path.name}.1"))  # noqa: PTH105 - the older one is to be overwritten
