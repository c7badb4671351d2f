"""One finished QA_HOME per process of tests; a landing zone and a QA_HOME per test."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.pipeline.harness import GOLDEN_DAY, Golden, Pipeline, charges, without
from tests.serving import SAMPLES, running_service


@pytest.fixture
def own_service_url(tmp_path: Path) -> Iterator[str]:
    """A service of the test's own: what a killed run has sent may be billed after the test."""
    with running_service(tmp_path / "service") as base_url:
        yield base_url


@pytest.fixture
def pipeline(tmp_path: Path, service_url: str) -> Pipeline:
    """An empty QA_HOME with an empty landing zone, pointed at the shared service."""
    return _empty(tmp_path, service_url)


@pytest.fixture
def own_pipeline(tmp_path: Path, own_service_url: str) -> Pipeline:
    """An empty QA_HOME with an empty landing zone, pointed at a service of the test's own."""
    return _empty(tmp_path, own_service_url)


def _empty(folder: Path, base_url: str) -> Pipeline:
    (folder / "landing").mkdir()
    return Pipeline(folder / "home", folder / "landing", base_url, billed_before=charges(base_url))


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory, shared_service_url: str) -> Golden:
    """Made once; tests get copies."""
    pipeline = _empty(tmp_path_factory.mktemp("golden"), shared_service_url)
    pipeline.land_sample_day(GOLDEN_DAY)
    pipeline.run(GOLDEN_DAY)
    return Golden(pipeline, pipeline.usage().charges)


@pytest.fixture
def ran(golden: Golden, tmp_path: Path, service_url: str) -> Pipeline:
    """A QA_HOME in which `GOLDEN_DAY` was run once already; `usage` counts that run too."""
    for folder in (golden.pipeline.home, golden.pipeline.landing):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    billed_before = without(charges(service_url), golden.charges)
    return Pipeline(tmp_path / "home", tmp_path / "landing", service_url, billed_before=billed_before)


@pytest.fixture
def three_calls() -> list[Path]:
    """Three recordings of the sample day in three codecs, six channels, with their metadata."""
    recordings = [SAMPLES / GOLDEN_DAY / name for name in ("c0101.mp3", "c0104.m4a", "c0108.opus")]
    return [file for recording in recordings for file in (recording, recording.with_suffix(".json"))]


@pytest.fixture
def small(pipeline: Pipeline, three_calls: list[Path]) -> Pipeline:
    """The empty QA_HOME with three calls in its landing zone."""
    for source in three_calls:
        pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    return pipeline


@pytest.fixture
def http_folder(pipeline: Pipeline) -> Iterator[str]:
    """The landing zone served by a plain file server on loopback."""
    handler = partial(QuietHandler, directory=str(pipeline.landing))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
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
