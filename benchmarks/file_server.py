"""Serves a folder of recordings on loopback: what `QA_AUDIO_URLS=http` expects to find, and what the SDK is given."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as by any real file server
    disable_nagle_algorithm = True  # head and body are written apart; the second must not wait for an acknowledgement

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """A line a request would be all there is to see."""


@contextlib.contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """The base URL of the folder, for the time of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="recordings", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
