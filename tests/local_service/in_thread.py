"""A local service in a thread of the test: it starts at once, and its clock can be one that the test moves."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qa_pipeline.local_service import ServiceConfig, StartFailed
from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.local_service.server import LocalServer, base_url, listen

WAIT_S = 60.0


@contextmanager
def service_in_thread(config: ServiceConfig, *, clock: Callable[[], float] = time.time) -> Iterator[ServiceAddressFile]:
    """Starts the service, yields where it listens once it answers, stops it. `clock` gives epoch seconds."""
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
        if not ready.wait(WAIT_S):
            raise StartFailed(f"the local service was not ready within {WAIT_S:.0f} s")
        if failures:
            raise failures[0]
        yield ServiceAddressFile(base_url(listener), os.getpid(), config.recognizer, config.api_key)
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        listener.close()
