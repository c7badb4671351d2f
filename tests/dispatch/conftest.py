"""A trial: a service that knows three recordings, and an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.local_service.address_file import ServiceAddressFile
from tests.dispatch.trial import Trial, shorten_waits, write_recording
from tests.local_service.in_thread import service_in_thread

RECORDINGS = {"bank": 300, "hotel": 420, "shop": 560}


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings; their transcripts lie beside them, for the service only."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, pitch in RECORDINGS.items():
        write_recording(folder / f"{name}.wav", pitch)
    return folder


@pytest.fixture
def service(landing: Path) -> Iterator[ServiceAddressFile]:
    config = ServiceConfig(
        references=(landing,),
        source_folders=(landing,),
        submits_per_minute=100_000,
        queries_per_second=100_000,
        allow_faults=True,
    )
    with service_in_thread(config) as running:
        yield running


@pytest.fixture
def trial(tmp_path: Path, landing: Path, service: ServiceAddressFile) -> Iterator[Trial]:
    folder = tmp_path / "landing"
    folder.mkdir()
    for name in RECORDINGS:
        (folder / f"{name}.wav").write_bytes((landing / f"{name}.wav").read_bytes())
    ledger = Ledger(open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}"))
    yield Trial(service.base_url, tmp_path, ledger)
    ledger.engine.dispose()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_waits(monkeypatch)
