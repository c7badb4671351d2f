"""One counting service for all shapes, a ledger and six channels for each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.dispatch import run
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from tests.dispatch.trial import shorten_waits, write_recording
from tests.wire.service import CountingService, counting_service
from tests.wire.shape import NAMES


@pytest.fixture(scope="session")
def shared_counting_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountingService]:
    with counting_service(tmp_path_factory.mktemp("authority")) as running:
        yield running


@pytest.fixture
def service(shared_counting_service: CountingService, monkeypatch: pytest.MonkeyPatch) -> CountingService:
    """The service as new, and the way to it in the environment."""
    shared_counting_service.reset()
    for name, value in shared_counting_service.environment.items():
        monkeypatch.setenv(name, value)
    return shared_counting_service


@pytest.fixture(scope="session")
def six_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    for number, name in enumerate(NAMES):
        write_recording(folder / f"{name}.wav", 300 + 120 * number)
    return folder


@pytest.fixture
def ledger(tmp_path: Path, six_channels: Path) -> Iterator[Ledger]:
    """An empty ledger, beside a landing zone with the recordings."""
    shutil.copytree(six_channels, tmp_path / "landing")
    ledger = Ledger(open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}"))
    yield ledger
    ledger.engine.dispose()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_waits(monkeypatch)
    monkeypatch.setattr(run, "UNKNOWN_PATIENCE_S", 0.2)
