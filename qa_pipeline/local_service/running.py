"""Starts the service beside a program for a while: for tests, the demo and `make up`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from qa_pipeline.local_service.config import API_KEY_VARIABLE, OPENAI_KEY_VARIABLE, ServiceConfig
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.server import API_PATH, READY_PREFIX, LocalServer, base_url, listen

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service that was started: `base_url` is what a client is given, with `/api/v1` at its end."""

    base_url: str
    pid: int

    @property
    def root_url(self) -> str:
        """Where `/healthz` and `/_local` are: the base URL without `/api/v1`."""
        return self.base_url.removesuffix(API_PATH)


@contextmanager
def start_local_service(
    config: ServiceConfig,
    *,
    run_in: Literal["process", "thread"] = "process",
    clock: Callable[[], float] = time.time,
    log: IO[str] | None = None,
) -> Iterator[RunningService]:
    """Starts the service, yields it once it answers, stops it at the end of the block.

    In a process of its own it also ends when this process dies, however that happens; its log goes to `log`
    (None: where this process's errors go). In a thread, `clock` (epoch seconds) can be another one.

    Raises:
        ConfigError: the address can't be used, or a clock was given to a process.
        StartFailed: it did not come up.
    """
    if run_in == "process" and clock is not time.time:
        raise ConfigError("another clock needs run_in='thread': a process has its own")
    with _in_process(config, log) if run_in == "process" else _in_thread(config, clock) as running:
        yield running


@contextmanager
def _in_thread(config: ServiceConfig, clock: Callable[[], float]) -> Iterator[RunningService]:
    listener = listen(config)
    ready = threading.Event()
    server = LocalServer(config, clock, ready.set)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            server.run_until_stopped(listener)
        except BaseException as error:
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="local-service")
    thread.start()
    try:
        if not ready.wait(START_TIMEOUT_S):
            raise StartFailed(f"the local service was not ready within {START_TIMEOUT_S:.0f} s")
        if failures:
            raise failures[0]
        yield RunningService(base_url(listener), os.getpid())
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        listener.close()


@contextmanager
def _in_process(config: ServiceConfig, log: IO[str] | None) -> Iterator[RunningService]:
    environment = dict(os.environ)
    for variable, key in ((API_KEY_VARIABLE, config.api_key), (OPENAI_KEY_VARIABLE, config.openai_api_key)):
        environment.pop(variable, None)
        if key is not None:
            environment[variable] = key
    # The child must find this package whether it is installed or not, and relative folders must stay right.
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [_import_root(), environment.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline.local_service", *config.to_arguments(), "--stop-with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        text=True,
        start_new_session=True,  # Ctrl-C is this program's to handle; the child ends when its input does
    )
    try:
        yield RunningService(_read_base_url(process), process.pid)
    finally:
        _stop(process)


def _import_root() -> str:
    return str(Path(__file__).resolve().parents[2])


def _read_base_url(process: subprocess.Popen[str]) -> str:
    """The base URL of the child's first line; a child that says nothing in time is stopped."""
    assert process.stdout is not None, "the child's output is a pipe"
    alarm = threading.Timer(START_TIMEOUT_S, process.kill)
    alarm.start()
    try:
        line = process.stdout.readline()
    finally:
        alarm.cancel()
    if not line.startswith(READY_PREFIX):
        status = process.wait(STOP_TIMEOUT_S)
        raise StartFailed(f"the local service ended with status {status} before it was ready; its log says why")
    return line.removeprefix(READY_PREFIX).strip()


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None, "the child's input is a pipe"
    assert process.stdout is not None, "the child's output is a pipe"
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
