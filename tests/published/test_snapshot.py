"""The door to a published snapshot: which file it opens, what it answers, and what it says when it cannot."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.published import snapshot as door
from qa_pipeline.published.snapshot import NothingPublished, UnreadableSnapshot, open_file, open_newest
from tests import scenario


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The link to a published snapshot with the calls of the scenario, which no test changes."""
    home = tmp_path_factory.mktemp("published")
    scenario.publish_snapshot(home)
    return home / "qa.duckdb"


def database(path: Path, value: int) -> Path:
    """A DuckDB file that holds a value."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table held as select cast($value as integer) as value", {"value": value})
    return path


def test_rows_come_by_column_name_and_json_is_parsed(link: Path) -> None:
    with open_newest(link, "UTC") as snapshot:
        [row] = snapshot.rows("select $id as id, '{\"a\": [1]}'::json as document, null::json as nothing", {"id": "c1"})
        assert row == {"id": "c1", "document": {"a": [1]}, "nothing": None}
        assert snapshot.tuples("select 1, '{}'::json") == [(1, "{}")]
        assert snapshot.rows("select 1 as one where false") == []


def test_a_frame_keeps_types_gaps_and_the_snapshots_time_zone(link: Path) -> None:
    query = (
        "select * from (values (1, 'a', date '2025-09-01', timestamptz '2025-09-01 08:00:00+00'), "
        "(null, null, null, null)) as held (number, word, day, at_time) where number is distinct from $left_out"
    )
    with open_newest(link, "Asia/Shanghai") as snapshot:
        found = snapshot.frame(query, {"left_out": 2})
        nothing = snapshot.frame(f"{query} and false", {"left_out": 2})
        with pytest.raises(UnreadableSnapshot, match=r"cannot be read as a snapshot: .*no_such_table"):
            snapshot.frame("select * from no_such_table")
    assert found["number"].tolist()[0] == 1
    assert str(found["number"].dtype) == "Int32"
    assert found.iloc[1].isna().all()
    assert found["day"][0].date() == dt.date(2025, 9, 1)
    assert found["at_time"][0].hour == 16
    assert list(nothing.columns) == ["number", "word", "day", "at_time"]
    assert nothing.empty


def test_the_file_is_opened_under_its_real_path(link: Path) -> None:
    with open_newest(link, "UTC") as snapshot:
        assert snapshot.path == link.resolve()
        assert {"calls", "sentences", "publication"} <= snapshot.tables()


def test_times_are_shown_in_the_given_zone(link: Path) -> None:
    query = "select timestamptz '2025-09-01 08:00:00+00' as at_time"
    with open_newest(link, "Asia/Shanghai") as shanghai, open_newest(link, "UTC") as utc:
        [(there,)], [(here,)] = shanghai.tuples(query), utc.tuples(query)
    assert there == here
    assert there.utcoffset() == dt.timedelta(hours=8)
    assert here.utcoffset() == dt.timedelta(0)


def test_a_snapshot_pruned_between_the_look_at_the_link_and_opening_gives_way_to_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = database(tmp_path / "old.duckdb", 1), database(tmp_path / "new.duckdb", 2)
    link = tmp_path / "qa.duckdb"
    link.symlink_to(old)

    def publish_and_prune_first(path: Path, time_zone: str) -> door.Snapshot:
        if path == old:
            link.unlink()
            link.symlink_to(new)
            old.unlink()
        return open_file(path, time_zone)

    monkeypatch.setattr(door, "open_file", publish_and_prune_first)
    with open_newest(link, "UTC") as snapshot:
        assert snapshot.path == new
        assert snapshot.tuples("select value from held") == [(2,)]


def test_what_is_open_stays_as_it_was_when_it_is_pruned(tmp_path: Path) -> None:
    old, new = database(tmp_path / "old.duckdb", 1), database(tmp_path / "new.duckdb", 2)
    link = tmp_path / "qa.duckdb"
    link.symlink_to(old)
    with open_newest(link, "UTC") as before:
        link.unlink()
        link.symlink_to(new)
        old.unlink()
        with open_newest(link, "UTC") as after:
            assert (before.tuples("from held"), after.tuples("from held")) == ([(1,)], [(2,)])


def test_several_threads_ask_one_snapshot_at_once(link: Path) -> None:
    together = threading.Barrier(4)

    def ask(number: int) -> list[tuple[int, ...]]:
        together.wait(timeout=300)
        return [snapshot.tuples("select $number, count(*) from calls", {"number": number})[0] for _ in range(25)]

    with open_newest(link, "UTC") as snapshot, ThreadPoolExecutor(4) as executor:
        [(calls,)] = snapshot.tuples("select count(*) from calls")
        answers = list(executor.map(ask, range(4)))
    assert answers == [[(number, calls)] * 25 for number in range(4)]


def test_threads_that_open_the_same_snapshot_do_not_disturb_each_other(link: Path) -> None:
    def count(_: int) -> int:
        with open_newest(link, "Asia/Shanghai") as snapshot:
            return int(snapshot.tuples("select count(*) from calls")[0][0])

    with ThreadPoolExecutor(4) as executor:
        assert len(set(executor.map(count, range(40)))) == 1


class Gone(BaseException):
    """The reader has clicked on."""


@pytest.mark.parametrize("ask", ["rows", "frame"])
def test_an_answer_that_nobody_waits_for_any_more_is_not_worked_out(link: Path, ask: str) -> None:
    asked = iter([True, True, False])

    def is_still_wanted() -> None:
        if not next(asked):
            raise Gone

    with open_newest(link, "UTC") as snapshot, open_newest(link, "UTC") as other:
        snapshot.is_still_wanted = is_still_wanted
        with pytest.raises(Gone):
            getattr(snapshot, ask)("select sum(one.range * two.range) from range(10000000) one, range(10000000) two")
        snapshot.is_still_wanted = None
        assert snapshot.tuples("select 1") == other.tuples("select 1") == [(1,)]


@pytest.mark.parametrize(
    "hostile",
    [
        "update calls set status = 'ok'",
        "create table more as select 1",
        "select * from read_csv('/etc/passwd')",
        "copy calls to '{folder}/calls.csv'",
        "attach '{folder}/other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_nothing_is_written_and_no_other_file_is_reached(link: Path, tmp_path: Path, hostile: str) -> None:
    before = link.resolve().read_bytes()
    with open_newest(link, "UTC") as snapshot, pytest.raises(UnreadableSnapshot):
        snapshot.tuples(hostile.format(folder=tmp_path))
    assert link.resolve().read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_no_link_is_nothing_published(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match=r"nothing is published yet \(.*qa\.duckdb is missing\)") as caught:
        open_newest(tmp_path / "no-such-home" / "qa.duckdb", "UTC")
    assert caught.value.exit_code == 1


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    link = tmp_path / "qa.duckdb"
    link.symlink_to("published/qa-1.duckdb")
    with pytest.raises(UnreadableSnapshot, match=r"points to published/qa-1\.duckdb, which is gone"):
        open_newest(link, "UTC")


def test_a_link_that_cannot_be_followed_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(UnreadableSnapshot, match="cannot be reached"):
        open_newest(tmp_path / "home" / "qa.duckdb", "UTC")


def test_a_file_that_is_not_a_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("no database")
    with pytest.raises(UnreadableSnapshot, match=r"letter\.txt cannot be opened"):
        open_file(path, "UTC")


def test_a_snapshot_without_the_table_that_is_asked_for_is_named(tmp_path: Path) -> None:
    path = database(tmp_path / "old.duckdb", 1)
    with (
        open_file(path, "UTC") as snapshot,
        pytest.raises(UnreadableSnapshot, match=r"old\.duckdb cannot be read as a snapshot: .*acoustics"),
    ):
        snapshot.rows("select * from acoustics")
