"""An instance of Dagster over a folder of the test's own, with the product's storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.settings import load_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DAGSTER_HOME."""
    monkeypatch.setenv("QA_HOME", str(tmp_path / 'a "home": #1'))
    monkeypatch.setenv("DAGSTER_HOME", "")  # is set by what is tested, and set back afterwards
    return prepare_dagster_home(load_settings())


@pytest.fixture
def kept(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance that every command uses."""
    with dg.DagsterInstance.get() as instance:
        yield instance
