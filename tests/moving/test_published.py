"""Published tables move into the lake and back with the ledger."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import publish_to_lake
from qa_pipeline.lake.reading import leave, open_lake
from qa_pipeline.moving.journey import Moved, move, plan_move
from qa_pipeline.moving.sides import Mode, MoveRefused, sides_of
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from tests.lake.conftest import lake_settings, place, servers
from tests.moving.conftest import silent
from tests.moving.ledgers import fill
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, call_rows, put, snapshot
from tests.warehouse.building import texts as texts_of

__all__ = ["lake_settings", "place", "servers"]


def go(settings: Settings, to: Mode) -> Moved:
    return move(settings, *sides_of(settings, to), silent)


def texts(place: LakePlace) -> dict[str, str]:
    lake = open_lake(place)
    try:
        return dict(lake.database.cursor().execute("select call_id, text from sentences").fetchall())
    finally:
        leave(lake)


@pytest.fixture
def home(lake_settings: Settings) -> Settings:
    """A home with a ledger and two published days."""
    fill(f"sqlite:///{lake_settings.home / 'operations.sqlite'}", lake_settings.raw_dir)
    warehouse = Warehouse(lake_settings.warehouse_path)
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_2), call_rows("u", None, status="quarantined"))
    snapshot(warehouse, DAY_1, DAY_2)
    return lake_settings


@pytest.mark.chaos  # a whole home there and back: tests/pipeline/test_moving.py
@pytest.mark.process
def test_days_go_into_the_lake_and_come_back_with_what_was_published_there(
    home: Settings, place: LakePlace, tmp_path: Path
) -> None:
    before = texts_of(home.snapshot_path)
    assert plan_move(home, *sides_of(home, Mode.SCALE)).days.moved == 2
    assert go(home, Mode.SCALE).days.moved == 2
    assert texts(place) == before

    other = Warehouse(tmp_path / "other" / "warehouse.duckdb")
    other.path.parent.mkdir()
    put(other, call_rows("c", DAY_3), call_rows("a", DAY_3, text="moved"))
    publish_to_lake(place, other.path, [DAY_3], SnapshotInfo("a run", "local", "0"), minimum_n=5)
    there = texts(place)
    assert (there["a"], set(there)) == ("moved", {"a", "b", "c"})

    back = go(home, Mode.EMBEDDED)
    assert back.days.moved == 2, "the first day has no call any more"
    assert texts_of(home.snapshot_path) == there


@pytest.mark.process
def test_a_lake_or_a_home_of_others_is_left_alone(home: Settings, place: LakePlace, tmp_path: Path) -> None:
    other = Warehouse(tmp_path / "other" / "warehouse.duckdb")
    other.path.parent.mkdir()
    put(other, call_rows("c", DAY_3))
    publish_to_lake(place, other.path, [DAY_3], SnapshotInfo("a run", "local", "0"), minimum_n=5)
    with pytest.raises(MoveRefused, match="has 1 published days"):
        go(home, Mode.SCALE)
    assert set(texts(place)) == {"c"}


def files_of(settings: Settings) -> dict[str, tuple[int, str]]:
    """All files of a home, what is in them and when they were changed; but for SQLite's notes on who reads."""
    return {
        str(path.relative_to(settings.home)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in settings.home.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.process
def test_a_plan_changes_nothing_and_says_what_is_in_the_way(home: Settings, tmp_path: Path) -> None:
    before = files_of(home)
    assert plan_move(home, *sides_of(home, Mode.SCALE)).days.moved == 2
    assert files_of(home) == before
    go(home, Mode.SCALE)
    new = home.model_copy(update={"home": tmp_path / "new"})
    new.home.mkdir()
    assert plan_move(new, *sides_of(new, Mode.EMBEDDED)).days.moved == 2
    assert files_of(new) == {}
    new.warehouse_path.touch()
    with pytest.raises(MoveRefused, match="has published tables of its own"):
        plan_move(new, *sides_of(new, Mode.EMBEDDED))
    new.warehouse_path.unlink()
    assert go(new, Mode.EMBEDDED).days.moved == 2
