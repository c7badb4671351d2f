"""Parts of snapshots: what is shared, hidden, merged and forgotten, and what a power cut or a move leaves of them."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.published.snapshot import open_file, open_newest
from qa_pipeline.warehouse import manifest_changes, merging, pruning
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.merging import Merge, affordable, merges
from qa_pipeline.warehouse.parts import Manifest, Part, read_manifest, write_manifest
from qa_pipeline.warehouse.snapshots import SnapshotInfo, forget_days, publish, remove_earlier_snapshots
from qa_pipeline.warehouse.whole_file import write_whole_file
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, call_rows, put, read, snapshot, take_away, texts
from tests.warehouse.conftest import Begin

FIRST = dt.date(2025, 9, 1)


def parts(link: Path, table: str = "sentences") -> list[Part]:
    manifest = read_manifest(link.resolve())
    assert manifest is not None
    return sorted(manifest.parts[table], key=lambda part: str(part.days))


def days(link: Path, table: str = "sentences") -> list[tuple[dt.date | None, ...]]:
    return [part.days for part in parts(link, table)]


def test_snapshots_share_the_parts_of_days_that_did_not_change(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    before = parts(link)
    put(warehouse, call_rows("b", DAY_2))
    snapshot(warehouse, DAY_1, DAY_2)
    assert parts(link)[0] == before[0]
    files = set((link.parent / "published" / "parts").glob("*/*"))
    snapshot(warehouse, DAY_1, DAY_2)
    assert set((link.parent / "published" / "parts").glob("*/*")) == files, "nothing new was written for nothing new"


def test_a_publish_of_nothing_new_leaves_the_days_before_it_as_they_are(
    warehouse: Warehouse, link: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left to be put together is not the business of a day with nothing new."""
    monkeypatch.setattr(manifest_changes, "AT_ONCE_BYTES", 0)
    for day in (DAY_1, DAY_2, DAY_3):
        put(warehouse, call_rows(f"c{day}", day))
        snapshot(warehouse, day)
    apart = parts(link)
    monkeypatch.undo()
    snapshot(warehouse, DAY_3)
    assert parts(link) == apart
    later = DAY_3 + dt.timedelta(days=1)
    put(warehouse, call_rows("later", later))
    snapshot(warehouse, later)
    assert max(len(part.days) for part in parts(link)) > 1


@pytest.mark.thorough
def test_days_that_have_settled_become_one_part_and_one_of_them_can_still_change(
    warehouse: Warehouse, link: Path
) -> None:
    week = [FIRST + dt.timedelta(days=number) for number in range(8)]
    put(warehouse, *(call_rows(f"c{day}", day) for day in week))
    snapshot(warehouse, *week)
    merged = max(parts(link), key=lambda part: len(part.days))
    assert merged.days == tuple(week[:-1])
    second = merged.days[1]
    take_away(warehouse, f"c{second}")
    put(warehouse, call_rows("new", second))
    snapshot(warehouse, second)
    expected = {f"c{day}": f"words of c{day}" for day in week if day != second} | {"new": "words of new"}
    assert texts(link) == expected
    snapshot(warehouse, week[0])
    assert texts(link) == expected
    assert not any(part.hidden for part in parts(link)), "hidden rows do not stay for ever"


@pytest.mark.thorough  # four publishes; the shorter one is that of what was forgotten
def test_a_day_is_forgotten_on_the_disk_too(warehouse: Warehouse, link: Path) -> None:
    week = [FIRST + dt.timedelta(days=number) for number in range(8)]
    put(warehouse, *(call_rows(f"c{day}", day) for day in week))
    snapshot(warehouse, *week, keep=1)
    assert forget_days(link, week[:3], keep=5) == link.resolve()
    assert texts(link) == {f"c{day}": f"words of c{day}" for day in week[3:]}
    assert forget_days(link, week[:3], keep=5) is None
    with duckdb.connect() as connection:
        for part in parts(link):
            file = link.resolve().parent / "parts" / part.file
            assert connection.execute(f"select min(call_date) from '{file}'").fetchall() >= [(week[3],)]


def test_what_was_forgotten_is_gone_from_the_disk_once_nobody_can_be_reading_it(
    link: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days_on_the_disk() -> set[dt.date]:
        files = f"{link.parent}/published/parts/calls/*.parquet"
        with duckdb.connect() as connection:
            return {day for (day,) in connection.execute(f"select call_date from '{files}'").fetchall()}

    assert remove_earlier_snapshots(link, keep=1) == 0
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1, DAY_2))
    forget_days(link, [DAY_1], keep=1)
    assert remove_earlier_snapshots(link, keep=1) == 1
    assert days_on_the_disk() == {DAY_1, DAY_2}
    monkeypatch.setattr(pruning, "KEEP_AT_LEAST_S", -1.0)
    assert remove_earlier_snapshots(link, keep=1) == 0
    assert days_on_the_disk() == {DAY_2}
    assert texts(link) == {"b": "words of b"}


@pytest.mark.thorough
def test_a_home_that_was_moved_opens_and_its_next_publish_is_for_its_new_place(
    warehouse: Warehouse, link: Path, begin: Begin, tmp_path: Path
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    home = link.parent.rename(tmp_path / "moved 'home'")
    with open_newest(home / "qa.duckdb", "UTC") as moved:
        assert moved.tuples("select text from sentences") == [("words of a",)]
    client = "set variable qa_parts = '" + str(home / "published" / "parts").replace("'", "''") + "/'"
    with duckdb.connect(str((home / "qa.duckdb").resolve()), read_only=True) as other:
        other.execute(client)
        assert other.execute("select text from sentences").fetchall() == [("words of a",)]
    put(there := Warehouse(home / "warehouse.duckdb"), call_rows("b", DAY_2))
    snapshot(there, DAY_2)
    assert texts(home / "qa.duckdb") == {"a": "words of a", "b": "words of b"}


def test_a_copy_of_the_link_s_file_alone_reads_where_it_was_published(
    warehouse: Warehouse, link: Path, tmp_path: Path
) -> None:
    put(warehouse, call_rows("a", DAY_1))
    snapshot(warehouse, DAY_1)
    copy = Path(shutil.copy(link, tmp_path / "before.duckdb"))
    with open_file(copy, "UTC") as alone:
        assert alone.tuples("select text from sentences") == [("words of a",)]


@pytest.mark.process
@pytest.mark.skipif(shutil.which("duckdb") is None, reason="the duckdb command (package duckdb-cli) is not installed")
def test_the_duckdb_command_opens_a_snapshot_with_its_name_alone(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, call_rows("a", DAY_1))
    snapshot(warehouse, DAY_1)
    question = "select call_id, calls from sentences inner join calls_daily using (call_date)"
    for options in ([], ["-readonly"]):  # nobody may write the file, so either way it is read
        command = ["duckdb", *options, "-csv", "-noheader", str(link), "-c", question]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr, done.returncode) == ("a,1\n", "", 0)


def test_one_whole_file_needs_nothing_beside_it(warehouse: Warehouse, link: Path, tmp_path: Path) -> None:
    put(warehouse, call_rows("a", DAY_1), {"calls": call_rows("u", None, status="quarantined")["calls"]})
    snapshot(warehouse, DAY_1, DAY_2)
    told: list[int] = []
    written = write_whole_file(link.resolve(), tmp_path / "whole.duckdb", told.append)
    assert sum(told) == written
    question = "select call_id, metadata_extra ->> 'seat' from calls order by all"
    comment = "select count(*) from duckdb_columns() where comment is not null and table_name = 'sentences'"
    before = [read(link, sql) for sql in (question, comment, "from publication")]
    shutil.rmtree(link.parent)
    assert [read(tmp_path / "whole.duckdb", sql) for sql in (question, comment, "from publication")] == before


# -- power cuts ---------------------------------------------------------------------------------------------------


class Disk:
    """What would be left of a home at a power cut: bytes and names that were waited for, and each link at once.

    `states` are what may be read then: the text of each call.
    """

    def __init__(self, home: Path, copies: Path, states: Sequence[dict[str, str]]) -> None:
        self.home, self.copies, self.states, self.cuts = home, copies, states, 0
        self.whole = {path.stat().st_ino for path in home.rglob("*") if path.is_file()}
        self.names = {folder: {path.name for path in folder.iterdir()} for folder in self._folders()}
        self._sync = os.fsync

    def fsync(self, file: int) -> None:
        """Stands in for os.fsync: a power cut just before it, and then what it promises."""
        self.cut()
        self._sync(file)
        path = Path(f"/proc/self/fd/{file}").readlink()
        if path.is_dir():
            self.names[path] = {each.name for each in path.iterdir()}
        else:
            self.whole.add(path.stat().st_ino)

    def cut(self) -> None:
        """What is read after a power cut now must be all that was published once."""
        self.cuts += 1
        left = self.copies / str(self.cuts)
        shutil.copytree(self.home, left, symlinks=True, ignore=self._dropped)
        for path in (self.home / "published").rglob("*"):
            copy = left / path.relative_to(self.home)
            if path.is_file() and copy.exists() and path.stat().st_ino not in self.whole:
                copy.unlink()
                copy.touch()
        with open_newest(left / "qa.duckdb", "UTC") as snapshot:
            seen = dict(snapshot.tuples("select call_id, text from sentences"))
            assert seen in self.states
            assert snapshot.tuples("select count(*) from calls") == [(len(seen),)]
            assert snapshot.tuples("select sum(calls) from calls_daily") == [(len(seen),)]
        shutil.rmtree(left)

    def _dropped(self, folder: str, names: list[str]) -> list[str]:
        kept = self.names.get(Path(folder), set()) | ({"qa.duckdb"} if Path(folder) == self.home else set())
        return [name for name in names if name not in kept]

    def _folders(self) -> list[Path]:
        return [self.home, *(path for path in self.home.rglob("*") if path.is_dir())]


@pytest.mark.chaos
@pytest.mark.parametrize("what", ["publish", "forget"])
def test_whatever_was_not_waited_for_a_power_cut_leaves_a_whole_snapshot(
    warehouse: Warehouse, link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Parts are merged meanwhile, and what is not needed any more is removed at once."""
    monkeypatch.setattr(pruning, "KEEP_AT_LEAST_S", -1.0)
    week = [FIRST + dt.timedelta(days=number) for number in range(8)]
    said = {day: {f"c{day}": f"words of c{day}"} for day in week}
    for day in week[:-1]:
        put(warehouse, call_rows(f"c{day}", day))
        snapshot(warehouse, day)
    put(warehouse, call_rows(f"c{week[-1]}", week[-1]))
    before = {call: text for day in week[:-1] for call, text in said[day].items()}
    left = {call: text for call, text in before.items() if call not in said[week[1]]}
    after = before | said[week[-1]] if what == "publish" else left
    disk = Disk(link.parent.resolve(), tmp_path / "cuts", (before, after))
    monkeypatch.setattr(os, "fsync", disk.fsync)
    if what == "publish":
        snapshot(warehouse, week[-1], keep=1)
    else:
        forget_days(link, [week[1]], keep=1)
    disk.cut()
    assert disk.cuts > len(FACT_TABLES)
    assert texts(link) == after


# -- which parts are merged ---------------------------------------------------------------------------------------


def part(first: dt.date, count: int = 1, size: int = 1000) -> Part:
    shown = tuple(first + dt.timedelta(days=number) for number in range(count))
    return Part(f"t/{first}-{count}", shown, count, size)


def published(order: Sequence[int], day_bytes: int) -> tuple[list[Part], list[int], list[int]]:
    """The parts after a publish of each day, numbered from the first, in this order; the bytes that each publish merged
    and the files that it left. Saturdays are smaller, Sundays much smaller."""
    kept: list[Part] = []
    spent, files = [], []
    for done, number in enumerate(order):
        day = FIRST + dt.timedelta(days=number)
        size = day_bytes // (1, 1, 1, 1, 1, 3, 20)[day.weekday()]
        kept.append(part(day, size=size))
        newest = FIRST + dt.timedelta(days=max(order[: done + 1]))
        chosen = list(affordable(merges("t", kept, newest), merging.AT_ONCE_BYTES))
        for merge in chosen:
            shown = tuple(day for each in merge.parts for day in each.days)
            kept = [each for each in kept if each not in merge.parts]
            kept.append(Part(f"t/{done}-{shown[0]}", shown, len(shown), merge.size_bytes))
        spent.append(sum(merge.size_bytes for merge in chosen))
        files.append(len(kept))
    return kept, spent, files


YEAR = range(365)
MIXED = sorted(YEAR, key=lambda number: number * 7919 % 365)


@pytest.mark.parametrize("order", [YEAR, YEAR[::-1], MIXED], ids=["day by day", "backwards", "mixed"])
@pytest.mark.parametrize(("day_bytes", "on_average"), [(20_000, 5), (300_000, 10), (2_000_000, 39)])
def test_a_year_is_few_files_and_no_publish_merges_much(order: Sequence[int], day_bytes: int, on_average: int) -> None:
    kept, spent, files = published(order, day_bytes)
    assert sum(files) / len(files) <= on_average
    assert max(spent) <= merging.AT_ONCE_BYTES
    size = sum(part.size_bytes for part in kept)
    assert sum(spent) <= 9 * size, "each row is written again a few times at most"
    shown = [day for each in kept for day in each.days]
    assert sorted(shown, key=str) == [FIRST + dt.timedelta(days=number) for number in YEAR]


def test_the_newest_day_is_left_alone_since_it_may_be_published_again() -> None:
    days = [part(FIRST + dt.timedelta(days=number)) for number in range(3)]
    assert list(merges("t", days, FIRST + dt.timedelta(days=2))) == [Merge("t", tuple(days[:2]))]


def test_days_that_are_too_large_stay_alone() -> None:
    large = [part(FIRST + dt.timedelta(days=number), size=merging.LARGEST_BYTES) for number in range(16)]
    assert list(merges("t", large, FIRST + dt.timedelta(days=60))) == []


def test_a_part_with_hidden_days_is_written_again_without_them() -> None:
    old = Part("t/x", (DAY_1, DAY_3), 2, 1000, (DAY_2,))
    assert list(merges("t", [old, part(DAY_2)], DAY_3)) == [Merge("t", (old,))]


def test_a_version_with_a_table_more_leaves_the_parts_as_they_are(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    def without_outcomes(manifest: Manifest, tables: dict[str, str]) -> None:
        del tables["outcomes"]
        manifest.parts.pop("outcomes", None)

    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1,))
    before = change_form(link, without_outcomes)
    assert said_of_a_new_form(warehouse, link) == []
    after = read_manifest(link.resolve())
    assert after is not None
    untouched = {part.file for parts in before.parts.values() for part in parts if DAY_2 not in part.days}
    assert untouched
    assert untouched <= after.files()
    assert texts(link) == {"a": "words of a", "b": "words of b"}


@pytest.mark.parametrize(
    "changed", ["sentences", *(pytest.param(other, marks=pytest.mark.thorough) for other in ("search_texts", ""))]
)
def test_a_version_that_changed_a_table_writes_the_parts_anew_once(
    warehouse: Warehouse, link: Path, begin: Begin, changed: str
) -> None:
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1,))
    change_form(link, lambda _, tables: tables.update({changed: "other"}))
    assert said_of_a_new_form(warehouse, link) != []
    assert said_of_a_new_form(warehouse, link) == []
    assert texts(link) == {"a": "words of a", "b": "words of b"}


def change_form(link: Path, differs: Callable[[Manifest, dict[str, str]], object]) -> Manifest:
    """Has the newest snapshot be one of a version with other tables."""
    manifest = read_manifest(link.resolve())
    assert manifest is not None
    tables = json.loads(manifest.schema)
    differs(manifest, tables)
    manifest.schema = json.dumps(tables)
    write_manifest(link.resolve(), manifest)
    return manifest


def said_of_a_new_form(warehouse: Warehouse, link: Path) -> list[str]:
    said: list[str] = []
    note = SnapshotInfo("run", "engine", "version")
    publish(warehouse.path, link, [DAY_2], note, keep=5, minimum_n=20, say=said.append)
    return [line for line in said if "written anew" in line]
