"""Commands as a user types them, in a QA_HOME of their own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa_pipeline import cli, terminal
from tests import scenario
from tests.own_settings import forget_settings


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Typed = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty QA_HOME, no key and no other setting of the machine; ports are taken as they are free."""
    folder = tmp_path / "home"
    ports = {f"{name}_port": 0 for name in ("local_service", "dagster", "dashboards")}
    forget_settings(monkeypatch, home=folder, recordings=tmp_path / "recordings", **ports)
    monkeypatch.setenv("COLUMNS", "200")
    for console in (terminal.out, terminal.err):  # made before, by the width of whoever runs the tests
        monkeypatch.setattr(console, "_width", 200)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with the calls of the scenario published."""
    folder = tmp_path_factory.mktemp("published")
    scenario.publish_snapshot(folder)
    return folder


@pytest.fixture
def snapshot(home: Path, published: Path) -> Path:
    """The snapshot of this test's own QA_HOME."""
    shutil.copytree(published, home, symlinks=True)
    return (home / "qa.duckdb").resolve()


@pytest.fixture
def typed(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Runs `qa-pipeline` with arguments in this process, through its real entry point."""
    return typing_commands(monkeypatch, capfd)


def typing_commands(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["qa-pipeline", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ending:
            cli.main()
        written = capfd.readouterr()
        return Outcome(int(ending.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def known(service_url: str, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Commands against a local service that knows the samples."""
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service_url)
    return typed
