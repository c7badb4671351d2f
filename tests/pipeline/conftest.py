"""One local service a test module, and a fresh QA_HOME a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qa_pipeline.local_service import FaultPlan, ServiceConfig
from qa_pipeline.service.local_process import start_local_service
from tests.pipeline.harness import REAL_RECORDINGS, SAMPLES, Pipeline


@pytest.fixture
def service_url(tmp_path: Path) -> Iterator[str]:
    """A local service of this test's own, so that its count of billed seconds is this test's."""
    references = tuple(folder for folder in (SAMPLES, REAL_RECORDINGS) if folder.is_dir())
    config = ServiceConfig(
        state_dir=tmp_path / "service",
        references=references,
        submits_per_minute=6000,
        queries_per_second=200,
        faults=FaultPlan(),
    )
    with start_local_service(config) as service:
        yield service.base_url


@pytest.fixture
def pipeline(tmp_path: Path, service_url: str) -> Pipeline:
    """An empty QA_HOME with an empty landing zone, pointed at the service."""
    landing = tmp_path / "landing"
    landing.mkdir()
    return Pipeline(tmp_path / "home", landing, service_url)


@pytest.fixture
def http_folder(pipeline: Pipeline) -> Iterator[str]:
    """The landing zone served by a plain file server on loopback."""
    handler = partial(QuietHandler, directory=str(pipeline.landing))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing."""
