"""The servers of a lake, started once for all its tests; each test has a lake of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.reading import let_go_of_all
from qa_pipeline.settings import Settings, load_settings
from tests.commands.conftest import Typed, typing_commands
from tests.lake.servers import Servers, environment, lake_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with lake_servers() as running:
        yield running


@pytest.fixture
def place(servers: Servers) -> Iterator[LakePlace]:
    yield servers.new_place()
    let_go_of_all()


@pytest.fixture
def lake_settings(place: LakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a machine that uses the lake."""
    for name, value in environment(place, tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.fixture
def typed(lake_settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Runs `qa-pipeline` with arguments in this process, on a machine that uses the lake."""
    monkeypatch.setenv("COLUMNS", "200")
    return typing_commands(monkeypatch, capfd)
