"""A store of evaluations on a real SQLite file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.reviews.store import Reviews
from tests.reviews.building import hasty, store_in


@pytest.fixture(scope="session")
def empty_operations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operations database without rows; making its tables is most of what a small test would do."""
    folder = tmp_path_factory.mktemp("empty")
    store_in(folder).close()
    return folder / "operations.sqlite"


@pytest.fixture
def reviews(tmp_path: Path, empty_operations: Path) -> Iterator[Reviews]:
    file = tmp_path / "operations.sqlite"
    shutil.copyfile(empty_operations, file)
    opened = Reviews(hasty(file))
    yield opened
    opened.close()
