"""A publish that is killed at any of its steps leaves what was before it, or what is after it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.tidying import tidy_lake
from tests.lake.servers import Servers, environment
from tests.lake.test_publishing import publish, texts, warehouse_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put, take_away

ROOT = Path(__file__).resolve().parents[2]
PUBLISHER = """
import os, signal, sys
from pathlib import Path
from qa_pipeline.lake.place import lake_to_write
from qa_pipeline.lake.publishing import publish_to_lake
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.day_parts import DayParts
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from tests.warehouse.building import DAY_1

class Killed:
    def __init__(self, connection, left):
        self.connection, self.left = connection, left
    def execute(self, *arguments):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return self.connection.execute(*arguments)

of_day_parts = {}
DayParts.connection = property(
    lambda parts: of_day_parts.setdefault(id(parts), Killed(parts._connection, int(sys.argv[2])))
)
note = SnapshotInfo("killed", "local", "0")
publish_to_lake(lake_to_write(load_settings()), Path(sys.argv[1]), [DAY_1], note, minimum_n=5)
"""
"""Kills itself before its n-th statement in the database in which parts are made and the lake is attached. Every third
one is tried."""


@pytest.mark.chaos
def test_a_publish_that_is_killed_leaves_the_state_before_it_or_after_it(
    place: LakePlace, servers: Servers, tmp_path: Path
) -> None:
    warehouse = warehouse_of(tmp_path / "home", call_rows("a", DAY_1), call_rows("b", DAY_2))
    publish(place, warehouse, DAY_1, DAY_2)
    before = {"a": "words of a", "b": "words of b"}
    take_away(warehouse, "a")
    put(warehouse, call_rows("a", DAY_1, text="other words"), call_rows("c", DAY_1))
    after = {"a": "other words", "b": "words of b", "c": "words of c"}
    killed = 0
    for step in range(0, 300, 3):
        command = [sys.executable, "-c", PUBLISHER, str(warehouse.path), str(step)]
        done = subprocess.run(command, env=os.environ | environment(place, tmp_path / "home"), cwd=ROOT, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        assert texts(place) == before
        killed += 1
    assert killed > 20
    assert texts(place) == after
    tidy_lake(place, everything=True, kept_for=dt.timedelta())
    assert texts(place) == after


@pytest.mark.chaos
def test_a_writer_that_lost_its_turn_in_the_middle_looks_again(
    place: LakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock is gone, and another one publishes the same day before it commits."""
    from qa_pipeline.lake import publishing

    one = warehouse_of(tmp_path / "one", call_rows("a", DAY_1))
    other = warehouse_of(tmp_path / "other", call_rows("a", DAY_1), call_rows("b", DAY_1))
    publish(place, one, DAY_2)
    take_turn, said = publishing.take_turn, list[str]()

    def late(connection: object, expected: int | None = None) -> None:
        monkeypatch.setattr(publishing, "take_turn", take_turn)
        take_turn(connection, expected)  # type: ignore[arg-type]
        monkeypatch.setattr(publishing, "turn_to_write", lambda place, say: contextlib.nullcontext())
        publish(place, other, DAY_1)

    monkeypatch.setattr(publishing, "take_turn", late)
    publishing.publish_to_lake(
        place, one.path, [DAY_1], publishing.SnapshotInfo("r", "e", "0"), minimum_n=5, say=said.append
    )
    assert "once more" in said[-1]
    assert texts(place) == {"a": "words of a"}


@pytest.mark.process
@pytest.mark.parametrize("read", ["of_left_day", pytest.param("known_days", marks=pytest.mark.chaos)])
def test_a_writer_that_lost_its_turn_while_it_read_looks_again(
    place: LakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """Another one publishes the same new day, and more calls of the day that a call leaves, after what is published was
    read and before the transaction begins."""
    from qa_pipeline.lake import publishing

    one = warehouse_of(tmp_path / "one", call_rows("a", DAY_1), call_rows("moves", DAY_1))
    other = warehouse_of(tmp_path / "other", call_rows("moves", DAY_2), call_rows("stays", DAY_2))
    publish(place, other, DAY_2)
    put(other, call_rows("a", DAY_1), call_rows("new", DAY_2))
    where = publishing.DayParts if read == "of_left_day" else publishing
    really, said = getattr(where, read), list[str]()

    def late(*arguments: object) -> object:
        monkeypatch.setattr(where, read, really)
        found = really(*arguments)
        monkeypatch.setattr(publishing, "turn_to_write", lambda place, say: contextlib.nullcontext())
        publish(place, other, DAY_1, DAY_2)
        return found

    monkeypatch.setattr(where, read, late)
    publishing.publish_to_lake(
        place, one.path, [DAY_1], publishing.SnapshotInfo("r", "e", "0"), minimum_n=5, say=said.append
    )
    assert "once more" in said[-1]
    assert texts(place) == {call: f"words of {call}" for call in ("a", "moves", "new", "stays")}
