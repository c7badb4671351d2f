"""What many tests begin with is made once, and copied: to make tables or to publish costs more than most of them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from qa_pipeline.warehouse.database import Warehouse, empty_database
from tests.warehouse.building import call_rows, put, snapshot

Calls = tuple[tuple[str, dt.date], ...]
Begin = Callable[..., None]
"""`begin(*CALLS, published=DAYS)`: a warehouse gets calls, each an id and a day, and its home a snapshot of days."""


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only to be copied: a working database with its tables, without rows."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    empty_database(path).close()
    return path


@pytest.fixture(scope="session")
def made_homes(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Callable[..., Path]:
    """Only to be copied: homes with the same calls and snapshots as others began with."""

    @cache
    def made(calls: Calls, published: tuple[dt.date, ...]) -> Path:
        home = tmp_path_factory.mktemp("home")
        warehouse = Warehouse(Path(shutil.copy(empty_warehouse, home)))
        put(warehouse, *(call_rows(call_id, day) for call_id, day in calls))
        if published:
            snapshot(warehouse, *published)
        return home

    return made


@pytest.fixture
def warehouse(tmp_path: Path, empty_warehouse: Path) -> Warehouse:
    """A working database with its tables, alone in the folder `home`."""
    home = tmp_path / "home"
    home.mkdir()
    return Warehouse(Path(shutil.copy(empty_warehouse, home)))


@pytest.fixture
def link(warehouse: Warehouse) -> Path:
    """Where the snapshots of `warehouse` are found."""
    return warehouse.path.with_name("qa.duckdb")


@pytest.fixture
def begin(warehouse: Warehouse, made_homes: Callable[..., Path]) -> Begin:
    """Fills `warehouse`, which is empty, and its home."""

    def fill(*calls: tuple[str, dt.date], published: tuple[dt.date, ...] = ()) -> None:
        shutil.copytree(made_homes(calls, published), warehouse.path.parent, symlinks=True, dirs_exist_ok=True)

    return fill
