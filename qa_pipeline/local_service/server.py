"""Runs the service in this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

import uvicorn

from qa_pipeline.local_service.address_file import ServiceAddressFile, loopback_url
from qa_pipeline.local_service.app import create_app
from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.connections import Connections
from qa_pipeline.local_service.errors import ConfigError, StartFailed, StateInUse

API_PATH = "/api/v1"
KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections, so that none is closed under a request."""

GRACE_S = 5
"""How long requests under way may take to end when the service stops."""

BACKLOG = 2048

SWITCH_INTERVAL_S = 0.0005
"""How long a decoding thread may hold the interpreter before requests get their turn. With Python's 5 ms every
answer waits several times that long while recordings are decoded."""


def serve(config: ServiceConfig, *, on_ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT (Ctrl-C), then stops in order. Only for a program's main thread.

    A state folder holds the service's address for as long as it answers. `on_ready` gets the base URL,
    `http://HOST:PORT/api/v1`.

    Raises:
        ConfigError: the address can't be used.
        StartFailed: the state folder can't be used.
    """
    listener = listen(config)
    url = base_url(listener)

    def ready() -> None:
        own_url = loopback_url(url)
        if config.state_dir and own_url:
            ServiceAddressFile(own_url, os.getpid(), config.recognizer, config.api_key).write(config.state_dir)
        on_ready(url)

    server = LocalServer(config, time.time, ready)

    def ask_to_stop(number: int, frame: object) -> None:
        server.should_exit = True

    switch_interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # uvicorn raises a caught signal again when it is done; with these handlers that does no harm, and a signal
    # that comes before uvicorn listens for it is not lost.
    previous = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run_until_stopped(listener)
    finally:
        if config.state_dir:
            ServiceAddressFile.remove_own(config.state_dir)
        listener.close()
        sys.setswitchinterval(switch_interval_s)
        for number, handler in previous.items():
            signal.signal(number, handler)


def listen(config: ServiceConfig) -> socket.socket:
    """A socket that listens on the configured address.

    Raises:
        ConfigError: the address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only on sockets that say they are TCP;
    # with it on, every answer waits 40 ms for the client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere this option lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host.strip("[]"), config.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror or error}; "
            "name another port (0 takes a free one)"
        ) from error
    listener.listen(BACKLOG)
    return listener


def base_url(listener: socket.socket) -> str:
    """What a client is given: `http://HOST:PORT/api/v1`."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{API_PATH}"


class LocalServer(uvicorn.Server):
    """uvicorn with this service in it, which says when it is ready and why it is not."""

    def __init__(self, config: ServiceConfig, clock: Callable[[], float], on_ready: Callable[[], None]) -> None:
        connections = Connections()
        self._app = create_app(config, clock=clock, connections=connections)
        self._on_ready = on_ready
        super().__init__(
            uvicorn.Config(
                self._app,
                http=connections.protocol(),
                ws="none",
                lifespan="on",
                log_config=None,  # the program that runs us decides where logs go
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts as uvicorn does, then says so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def run_until_stopped(self, listener: socket.socket) -> None:
        """Serves on `listener` in a new event loop.

        Raises:
            StartFailed: the application did not start; the message is the reason.
        """
        log = logging.getLogger("uvicorn.error")
        log.addFilter(self._tells_something_new)
        try:
            asyncio.run(self.serve(sockets=[listener]))
        except SystemExit as ended:  # uvicorn's way to say that the application did not start
            failure = self._app.state.start_failure
            raise StartFailed(f"it could not start: {failure}") from failure or ended
        finally:
            log.removeFilter(self._tells_something_new)

    def _tells_something_new(self, _record: logging.LogRecord) -> bool:
        """Where a person can put it right, the sentence of `StartFailed` says it all; a traceback would bury it."""
        return not isinstance(self._app.state.start_failure, ConfigError | StateInUse)
