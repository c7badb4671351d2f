"""Published snapshots: days are whole or as they were before, and nobody's open file ever changes."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.warehouse import conversion, pruning
from qa_pipeline.warehouse.daily import EVALUATION_VIEWS, MARTS, VIEWS
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.day_rows import FACT_TABLES, LATE_TABLES
from qa_pipeline.warehouse.held import WarehouseUnusable
from qa_pipeline.warehouse.marks import changed_snapshots
from qa_pipeline.warehouse.parts import Part, manifest_path, read_manifest
from tests.warehouse.building import (
    DAY_1,
    DAY_2,
    DAY_3,
    LOADED_AT,
    MODEL,
    as_one_file,
    call_rows,
    change,
    held_open,
    put,
    read,
    recording_id,
    snapshot,
    take_away,
    texts,
)
from tests.warehouse.conftest import Begin

ROOT = Path(__file__).resolve().parents[2]


WITHOUT_ROWS = {*EVALUATION_VIEWS, "emotion_steps"}
"""Marts of which these calls have no rows: nobody evaluates them, and one sentence follows no other."""


def test_a_day_is_published_with_everything_that_hangs_on_its_calls(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_1))
    made = snapshot(warehouse, DAY_1)
    assert texts(link) == {"a": "words of a", "b": "words of b"}
    late = dict.fromkeys(LATE_TABLES, 0)
    assert {table: made.rows[table] for table in FACT_TABLES} == dict.fromkeys(FACT_TABLES, 2) | late
    assert {table for table in MARTS if made.rows.get(table)} == set(MARTS) - set(VIEWS) - WITHOUT_ROWS
    assert made.path == link.resolve()
    files = [path for path in (link.parent / "published").rglob("*.*") if path.suffix in (".duckdb", ".parquet")]
    assert made.size_bytes == sum(path.stat().st_size for path in files)
    assert link.is_symlink()
    assert not link.readlink().is_absolute(), "the folder may be moved as a whole"


def test_only_the_days_of_the_run_change(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, call_rows("a", DAY_1, text="old"), call_rows("b", DAY_2, text="old"))
    snapshot(warehouse, DAY_1, DAY_2)
    for call_id, day in (("a", DAY_1), ("b", DAY_2)):
        take_away(warehouse, call_id)
        put(warehouse, call_rows(call_id, day, text="new"))
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"a": "old", "b": "new"}
    snapshot(warehouse, DAY_1)
    assert texts(link) == {"a": "new", "b": "new"}


def test_a_day_that_another_run_has_half_loaded_is_not_seen(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    put(warehouse, call_rows("half", DAY_2))
    snapshot(warehouse, DAY_1)
    assert texts(link) == {"a": "words of a"}


@pytest.mark.thorough
def test_a_snapshot_that_was_lost_comes_back_with_all_days_that_are_loaded_in_full(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1,))
    link.resolve().unlink()
    link.unlink()
    half = call_rows("half", DAY_3)
    half["sentences"] |= {"language": "en"}  # labelled, and languages does not count it yet
    put(warehouse, half)
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"a": "words of a", "b": "words of b"}


def test_a_call_that_is_not_transcribed_yet_is_not_published(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, {"calls": call_rows("p", DAY_1, status="pending")["calls"]}, call_rows("a", DAY_1))
    snapshot(warehouse, DAY_1)
    assert texts(link) == {"a": "words of a"}


def test_a_call_that_left_a_day_leaves_the_snapshot(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), ("b", DAY_1), published=(DAY_1,))
    take_away(warehouse, "b")
    snapshot(warehouse, DAY_1)
    assert texts(link) == {"a": "words of a"}


def test_quarantine_without_a_day_is_in_every_snapshot_as_it_is_now(warehouse: Warehouse, link: Path) -> None:
    undated = {"calls": call_rows("u", None, status="quarantined", status_reason="no_date")["calls"]}
    put(warehouse, undated)
    snapshot(warehouse, DAY_2)
    assert read(link, "select call_id, status_reason from calls") == [("u", "no_date")]
    with warehouse.transaction() as connection:
        connection.execute("delete from calls where call_id = 'u'")
    snapshot(warehouse, DAY_3)
    assert read(link, "select count(*) from calls") == [(0,)]


# -- calls that move ----------------------------------------------------------------------------------------------


def move_call(warehouse: Warehouse, call_id: str, day: dt.date, *, new_id: str | None = None) -> None:
    """A corrected date: the call and its tasks stand under another day from now on."""
    take_away(warehouse, call_id)
    put(warehouse, call_rows(new_id or call_id, day, audio=call_id, text="moved"))


@pytest.mark.parametrize(
    "published",
    [
        pytest.param((DAY_2,), id="its new day only"),
        pytest.param((DAY_1, DAY_2), id="both days", marks=pytest.mark.thorough),
    ],
)
def test_a_call_that_moved_stands_under_its_new_day_only(
    warehouse: Warehouse, link: Path, begin: Begin, published: tuple[dt.date, ...]
) -> None:
    begin(("a", DAY_1), ("b", DAY_1), published=(DAY_1,))
    move_call(warehouse, "a", DAY_2)
    snapshot(warehouse, *published)
    assert texts(link) == {"a": "moved", "b": "words of b"}
    assert read(link, "select call_date from calls where call_id = 'a'") == [(DAY_2,)]
    tasks = "select call_date, count(*) from transcription_tasks where recording_id = ? group by all"
    assert read(link, tasks, [recording_id("a")]) == [(DAY_2, 1)]


@pytest.mark.thorough
def test_a_call_that_moved_and_got_another_id_is_not_there_twice(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), ("b", DAY_1), published=(DAY_1,))
    move_call(warehouse, "a", DAY_2, new_id="renamed")
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"renamed": "moved", "b": "words of b"}


@pytest.mark.thorough
def test_a_duplicate_set_aside_on_another_day_takes_nothing_from_the_call_it_repeats(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    again = call_rows("again", DAY_2, audio="a", status="quarantined", status_reason="duplicate_audio")
    put(warehouse, {"calls": again["calls"]})
    snapshot(warehouse, DAY_2)
    assert read(link, "select call_id, status from calls order by all") == [("a", "ok"), ("again", "quarantined")]
    assert read(link, "select count(*) from sentences where call_id = 'a'") == [(1,)]


@pytest.mark.parametrize("has_tasks", [True, False])
def test_a_duplicate_that_takes_the_place_of_a_call_of_another_day_is_there_alone(
    warehouse: Warehouse, link: Path, begin: Begin, has_tasks: bool
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    again = call_rows("again", DAY_2, audio="a", status="quarantined", status_reason="duplicate_audio")
    tasks = {"transcription_tasks": again["transcription_tasks"]} if has_tasks else {}
    put(warehouse, {table: again[table] for table in ("calls", "call_channels")} | tasks)
    snapshot(warehouse, DAY_2)
    for call_id in ("a", "again"):
        take_away(warehouse, call_id)
    put(warehouse, call_rows("again", DAY_2, audio="a"))
    snapshot(warehouse, DAY_2)
    assert read(link, "select call_id from calls") == [("again",)]
    assert read(link, "select distinct call_id from sentences") == [("again",)]


@pytest.mark.thorough
def test_a_call_that_lost_its_date_takes_its_rows_out_of_its_day(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    take_away(warehouse, "a")
    put(warehouse, {"calls": call_rows("a", None, status="quarantined")["calls"]})
    snapshot(warehouse, DAY_2)
    assert read(link, "select call_date, status from calls") == [(None, "quarantined")]
    assert read(link, "select count(*) from sentences") == [(0,)]


READING = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print("open", flush=True)
    sys.stdin.readline()
    print(connection.execute("select text from sentences").fetchone()[0])
"""


def shown_parts(link: Path, table: str) -> list[Part]:
    manifest = read_manifest(link.resolve())
    assert manifest is not None
    return manifest.parts[table]


def all_parts(home: Path) -> list[Part]:
    """The parts of every snapshot that is kept."""
    manifests = [read_manifest(path) for path in (home / "published").glob("qa-*.duckdb")]
    return [part for manifest in manifests if manifest for parts in manifest.parts.values() for part in parts]


# -- readers ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_reader_keeps_the_file_it_has_open_and_a_new_one_gets_the_new(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    with duckdb.connect(str(link.resolve()), read_only=True) as reader:
        put(warehouse, call_rows("b", DAY_1))
        snapshot(warehouse, DAY_1)
        assert reader.execute("select count(*) from calls").fetchall() == [(1,)]
        assert read(link, "select count(*) from calls") == [(2,)]
        assert reader.execute("select text from sentences").fetchall() == [("words of a",)]


@pytest.mark.process
def test_nothing_that_somebody_reads_is_removed(
    warehouse: Warehouse, link: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "KEEP_AT_LEAST_S", -1.0)
    put(warehouse, call_rows("a", DAY_1))
    old = snapshot(warehouse, DAY_1).path
    with subprocess.Popen(
        [sys.executable, "-c", READING, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "open\n"
        take_away(warehouse, "a")
        put(warehouse, call_rows("b", DAY_1))
        ours = open_newest(link, "UTC")
        newer = snapshot(warehouse, DAY_1, keep=1).path
        put(warehouse, call_rows("c", DAY_2))
        snapshot(warehouse, DAY_2, keep=1)
        assert old.exists()
        assert ours.tuples("select text from sentences") == [("words of a",)]
        assert client.communicate("\n")[0] == "words of a\n"
    assert not newer.exists(), "nobody reads it"
    ours.close()
    snapshot(warehouse, DAY_2, keep=1)
    assert not old.exists()
    assert sorted(path.name for path in (old.parent / "parts" / "sentences").iterdir()) == sorted(
        Path(part.file).name for part in shown_parts(link, "sentences")
    )


@pytest.mark.chaos  # and while another process publishes: tests/dashboards/test_snapshot_switch.py
def test_readers_never_see_an_error_or_half_a_day_while_days_are_published(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, *(call_rows(f"c{number}", DAY_1) for number in range(3)))
    snapshot(warehouse, DAY_1)
    seen: set[tuple[int, int]] = set()
    problems: list[BaseException] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                seen.update(read(link, "select (select count(*) from calls), (select count(*) from emotions)"))
            except BaseException as error:
                problems.append(error)
                return

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(3, 9):
        put(warehouse, call_rows(f"c{number}", DAY_1))
        snapshot(warehouse, DAY_1)
    done.set()
    reader.join()
    assert problems == []
    assert all(calls == emotions for calls, emotions in seen)


# -- crashes and leftovers ----------------------------------------------------------------------------------------

KILLED = """
import datetime as dt, os, pathlib, signal, sys
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.warehouse import conversion, pruning, snapshots
from qa_pipeline.warehouse.daily import MARTS, VIEWS
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, snapshot
moment, folder = sys.argv[1], pathlib.Path(sys.argv[2])

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(*((snapshots, moment) if moment != "os.fsync" else (os, "fsync")), die)
snapshot(Warehouse(folder / "warehouse.duckdb"), DAY_1)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    "moment",
    [
        *(pytest.param(name, marks=pytest.mark.chaos) for name in ("replace_days", "os.fsync", "write_snapshot_file")),
        *(pytest.param(name, marks=pytest.mark.chaos) for name in ("prune_snapshots", "prune_parts")),
        "_point",
    ],
)
def test_a_publish_killed_at_any_moment_leaves_the_link_on_a_whole_file(
    warehouse: Warehouse, link: Path, begin: Begin, moment: str
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    before = link.resolve()
    put(warehouse, call_rows("b", DAY_1))
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(link.parent)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    whole = {"a": "words of a", "b": "words of b"}
    is_pointed = moment.startswith("prune")
    assert texts(link) == (whole if is_pointed else {"a": "words of a"})
    assert (link.resolve() == before) == (not is_pointed)
    snapshot(warehouse, DAY_1)
    assert texts(link) == whole
    needed = {Path(part.file).name for part in all_parts(link.parent)}
    parts = (link.parent / "published" / "parts").glob("*/*")
    assert {path.name for path in parts} == needed, "a leftover, or a part that is missing"
    names = sorted(path.name for path in (link.parent / "published").iterdir())
    assert all(name == "parts" or (name.startswith("qa-") and name.endswith(".duckdb")) for name in names), names


EVERY_STEP = """
import os, pathlib, shutil, signal, sys
from qa_pipeline.warehouse import pruning, snapshots
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_3, snapshot

home, trials = map(pathlib.Path, sys.argv[1:3])
pruning.KEEP_AT_LEAST_S = -1.0
steps = {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}
trial = 0
while True:
    trial += 1
    place = trials / str(trial)
    shutil.copytree(home, place, symlinks=True)
    child = os.fork()  # a fresh one for each trial, and no database was open in this process
    if child == 0:
        left = trial

        def step(event, arguments):
            global left
            if event in steps and str(place) in str(arguments):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

        sync = os.fsync
        os.fsync = lambda file: (step("open", (place,)), sync(file))
        sys.addaudithook(step)
        snapshot(Warehouse(place / "warehouse.duckdb"), DAY_3, keep=1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
print(trial)
"""


@pytest.mark.chaos
def test_a_publish_killed_at_every_single_step_leaves_a_whole_snapshot_that_the_next_one_goes_on_from(
    warehouse: Warehouse, link: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each time a file is opened, written through, named, linked or removed; parts are merged and pruned meanwhile."""
    put(warehouse, *(call_rows(f"c{number}", day) for number, day in enumerate((DAY_1, DAY_2))))
    for day in (DAY_1, DAY_2):
        snapshot(warehouse, day)
    put(warehouse, call_rows("new", DAY_3))
    before, whole = ({f"c{n}": f"words of c{n}" for n in range(2)} | more for more in ({}, {"new": "words of new"}))
    trials = tmp_path_factory.mktemp("trials")
    command = [sys.executable, "-W", "ignore", "-c", EVERY_STEP, str(link.parent), str(trials)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    homes = sorted(trials.iterdir(), key=lambda home: int(home.name))
    assert len(homes) == int(done.stdout) > 3 * len(FACT_TABLES)
    seen = [texts(home / "qa.duckdb") for home in homes]
    assert all(each in (before, whole) for each in seen)
    assert (seen[0], seen[-1]) == (before, whole)
    for home in homes:
        snapshot(Warehouse(home / "warehouse.duckdb"), DAY_3)
        assert texts(home / "qa.duckdb") == whole
        parts = (home / "published" / "parts").glob("*/*")
        assert {path.name for path in parts} == {Path(part.file).name for part in all_parts(home)}


def test_a_publish_that_finds_rows_twice_fails_and_leaves_the_link_where_it_was(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    before = link.resolve()
    with warehouse.transaction() as connection:
        connection.execute("create or replace table sentences as from sentences union all from sentences")
    with pytest.raises(WarehouseUnusable, match=r"sentences has several rows with .*'a'"):
        snapshot(warehouse, DAY_1)
    assert link.resolve() == before
    assert texts(link) == {"a": "words of a"}


# -- snapshots that people write into ------------------------------------------------------------------------------

RUNS = "select distinct run_id from publication"


@pytest.mark.process
def test_a_snapshot_that_somebody_has_open_for_writing_keeps_nobody_from_publishing_or_reading(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    with held_open(link) as program:
        with open_newest(link, "UTC") as held:
            assert held.tuples("select call_id, agent_id from calls") == [("a", None)]
            assert held.held_by is not None
            assert held.held_by.endswith(f"(process {program.pid})")
        put(warehouse, call_rows("b", DAY_2))
        snapshot(warehouse, DAY_2)
        assert texts(link) == {"a": "words of a", "b": "words of b"}
        with open_newest(link, "UTC") as newest:
            assert newest.held_by is None
    assert read(link, RUNS) == [("a-run",)]


@pytest.mark.process
def test_a_change_of_a_snapshot_stays_in_it_and_is_named(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    changed = link.resolve()
    assert changed_snapshots(changed.parent) == []
    change(changed)
    assert changed_snapshots(changed.parent) == [changed]
    put(warehouse, call_rows("b", DAY_2))
    snapshot(warehouse, DAY_2)
    assert read(link, RUNS) == [("a-run",)]
    assert changed_snapshots(changed.parent) == [changed]


def test_a_copied_home_has_no_changed_snapshots(warehouse: Warehouse, link: Path, begin: Begin, tmp_path: Path) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    home = tmp_path / "elsewhere"
    shutil.copytree(link.parent, home, symlinks=True, copy_function=shutil.copyfile)
    assert texts(home / "qa.duckdb") == {"a": "words of a"}
    assert changed_snapshots(home / "published") == []


def test_nobody_may_write_a_snapshot(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, call_rows("a", DAY_1))
    before = os.umask(0o027)
    try:
        made = snapshot(warehouse, DAY_1).path
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o440


# -- the database of what is published -----------------------------------------------------------------------------


@pytest.mark.process
def test_an_earlier_versions_home_is_published_from_its_warehouse(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1, DAY_2))
    with duckdb.connect(str(as_one_file(link.parent))) as connection:
        connection.execute("update sentences set text = 'somebody else said'")
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"a": "words of a", "b": "words of b"}


@pytest.mark.thorough
def test_days_that_only_a_snapshot_has_are_kept(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    earlier = as_one_file(link.parent)
    warehouse.path.unlink()
    put(warehouse, call_rows("b", DAY_2))
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"a": "words of a", "b": "words of b"}
    put(warehouse, call_rows("c", DAY_3))
    snapshot(warehouse, DAY_3)
    assert texts(link) == {"a": "words of a", "b": "words of b", "c": "words of c"}
    assert texts(earlier) == {"a": "words of a"}, "an earlier version's snapshot stays as it is"


@pytest.mark.process
def test_the_database_of_what_an_earlier_version_published_is_taken_over_once(warehouse: Warehouse, link: Path) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("u", None, status="quarantined"))
    snapshot(warehouse, DAY_1)
    base = link.parent / conversion.PUBLISHING
    as_one_file(link.parent)
    shutil.copyfile(link.resolve(), base)
    warehouse.path.unlink()
    put(warehouse, call_rows("b", DAY_2))
    done = subprocess.run([sys.executable, "-c", KILLED, "_point", str(link.parent)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert base.exists()
    said: list[str] = []
    snapshot(warehouse, DAY_2, say=said.append)
    assert texts(link) == {"a": "words of a", "b": "words of b"}
    assert any("sentences: 2 rows of 1 days" in line for line in said), said
    assert not base.exists()
    said.clear()
    snapshot(warehouse, DAY_2, say=said.append)
    assert said == []


@pytest.mark.thorough
@pytest.mark.parametrize("damage", ["manifest", "part", "link"])
def test_what_was_lost_of_a_snapshot_is_published_again(
    warehouse: Warehouse, link: Path, begin: Begin, damage: str
) -> None:
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1, DAY_2))
    if damage == "manifest":
        manifest_path(link.resolve()).write_bytes(b"{")
    elif damage == "part":
        next((link.parent / "published" / "parts" / "turns").glob(f"{DAY_1}-*")).unlink()
    else:
        link.unlink()
    snapshot(warehouse, DAY_2)
    assert texts(link) == {"a": "words of a", "b": "words of b"}


@pytest.mark.process
def test_a_publish_says_at_once_who_has_the_warehouse_open_and_goes_on_when_it_is_closed(
    warehouse: Warehouse, link: Path
) -> None:
    put(warehouse, call_rows("a", DAY_1))
    said: list[str] = []
    with held_open(warehouse.path) as program:

        def close_it(message: str) -> None:
            said.append(message)
            program.communicate()

        snapshot(warehouse, DAY_1, say=close_it)
    assert texts(link) == {"a": "words of a"}
    [message] = said
    assert message.startswith("warehouse.duckdb is open in ")
    assert f"(process {program.pid})" in message
    assert "qa.duckdb" in message


# -- how many are kept --------------------------------------------------------------------------------------------


def age(path: Path, seconds: float) -> None:
    changed = path.stat().st_mtime - seconds
    os.utime(path, (changed, changed))


@pytest.mark.thorough
def test_the_newest_few_are_kept_and_young_ones_since_somebody_may_be_about_to_open_them(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    made = [link.resolve(), *(snapshot(warehouse, DAY_1, keep=1).path for _ in range(2))]
    assert sorted((link.parent / "published").glob("qa-*")) == made
    for path in made:
        age(path, pruning.KEEP_AT_LEAST_S + 60)
    newest = snapshot(warehouse, DAY_1, keep=2).path
    assert sorted((link.parent / "published").glob("qa-*")) == [made[-1], newest]
    assert len(list((link.parent / "published" / "parts").glob("*.json"))) == 2


def test_a_snapshot_says_who_made_it_when_and_of_what(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1, DAY_2))
    snapshot(warehouse, DAY_3)
    notes = read(link, "select run_id, dates, engine, pipeline_version, published_at is not null from publication")
    assert notes == [("a-run", [DAY_1, DAY_2], "local", "0", True), ("a-run", [DAY_3], "local", "0", True)]


def test_a_home_with_a_quote_in_its_name_is_published_too(tmp_path: Path) -> None:
    home = tmp_path / "o'brien"
    warehouse = Warehouse(home / "warehouse.duckdb")
    put(warehouse, call_rows("a", DAY_1))
    snapshot(warehouse, DAY_1)
    assert texts(home / "qa.duckdb") == {"a": "words of a"}


@pytest.mark.thorough
def test_several_attempts_at_a_channel_are_published_side_by_side(warehouse: Warehouse, link: Path) -> None:
    rows = call_rows("a", DAY_1)
    second = {**rows["transcription_tasks"], "attempt": 2, "state": "failed", "submitted_at": LOADED_AT}
    put(warehouse, rows, {"transcription_tasks": second})
    snapshot(warehouse, DAY_1)
    snapshot(warehouse, DAY_1)
    found = read(link, "select model, attempt, state from transcription_tasks order by attempt")
    assert found == [(MODEL, 1, "parsed"), (MODEL, 2, "failed")]


@pytest.mark.thorough
def test_a_snapshot_of_an_earlier_version_gets_todays_marts_for_all_its_days(
    warehouse: Warehouse, link: Path, begin: Begin
) -> None:
    begin(("a", DAY_1), ("b", DAY_2), published=(DAY_1,))
    for file in (as_one_file(link.parent), warehouse.path):
        with duckdb.connect(str(file)) as connection:
            connection.execute("drop macro schema_version")
            for mart in MARTS:
                connection.execute(f"drop {'view' if mart in VIEWS else 'table'} {mart}")
            for mart in VIEWS:
                connection.execute(f"create table {mart} (call_date date primary key, calls integer not null)")
                connection.execute(f"insert into {mart} values (?, 1)", [DAY_1])
    put(warehouse, call_rows("c", DAY_2))
    snapshot(warehouse, DAY_2)
    days = [(DAY_1,), (DAY_2,)]
    found = {mart: read(link, f"select distinct call_date from {mart} order by 1") for mart in MARTS}
    assert {mart: of_mart for mart, of_mart in found.items() if of_mart} == dict.fromkeys(
        set(MARTS) - WITHOUT_ROWS, days
    )
    assert texts(link) == {name: f"words of {name}" for name in "abc"}


UNCOMMENTED = """
select table_name, column_name from duckdb_columns() where not internal and coalesce(comment, '') = ''
union all
select table_name, null from duckdb_tables() where coalesce(comment, '') = ''
union all
select view_name, null from duckdb_views() where not internal and coalesce(comment, '') = ''
"""


def test_every_table_view_and_column_explains_itself(warehouse: Warehouse, link: Path, begin: Begin) -> None:
    begin(("a", DAY_1), published=(DAY_1,))
    assert read(link, UNCOMMENTED) == []
    comment = "select comment from duckdb_columns() where table_name = 'call_metrics' and column_name = 'dead_air_s'"
    assert read(link, comment) == [(CATALOGUE["dead_air_s"].comment,)]
