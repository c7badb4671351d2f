"""An operations database on a real SQLite file, without rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.reviews.building import hasty, store_in


@pytest.fixture(scope="session")
def without_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making the tables is most of what a small test would do."""
    folder = tmp_path_factory.mktemp("without-rows")
    store_in(folder).close()
    return folder / "operations.sqlite"


@pytest.fixture
def engine(tmp_path: Path, without_rows: Path) -> Iterator[Engine]:
    file = tmp_path / "operations.sqlite"
    shutil.copyfile(without_rows, file)
    opened = hasty(file)
    yield opened
    opened.dispose()
