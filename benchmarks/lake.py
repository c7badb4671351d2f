"""What the lake costs beside a local file: the pages' questions, a day's write, days of four writers, upkeep.

Everything of a snapshot but its newest days is put into a new lake, a month at a time. Then the questions of pages are
asked of both, as the dashboards' server wrote them down; the newest days are published by the product's own code.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.browsing import CHROMIUM
from benchmarks.measuring import ChildFailed
from benchmarks.page_server import Asked
from benchmarks.pages import questions_of_pages
from benchmarks.snapshot import SnapshotSize, make_snapshot
from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.publishing import publish_to_lake
from qa_pipeline.lake.tables import DAYS, bring_up_to_date, todays_tables
from qa_pipeline.lake.tidying import tidy_lake
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.database import Warehouse, empty_database
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.snapshot_file import PUBLICATION, table_columns
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from samples import servers

ROOT = Path(__file__).resolve().parents[1]
BUCKET = "lake"
WRITERS = 4
HELD_BACK = 2 * WRITERS
"""Newest days that are published one by one: half of them alone, half by writers at once."""
ROUNDS = 7
NOTE = SnapshotInfo("benchmark", "local", "0")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock and of this process's processors."""

    wall_s: float
    cpu_s: float


def lake(home: Path | None, calls: int, say: Callable[[str], None]) -> bool:
    """Measures a lake of the snapshot of `home` (or of one of `calls` calls that is made for it) beside that snapshot.

    PostgreSQL and an S3 server are started for it; where QA_BUCKET_ENDPOINT is set, that store is used, in its bucket
    `lake`.
    """
    if not CHROMIUM.exists():
        say(f"lake: left out, since it needs {CHROMIUM}")
        return True
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o711)  # as root, PostgreSQL runs as another user
        if home is None:
            size = SnapshotSize(calls, 60, min(365, calls), dt.datetime.now(dt.UTC).date(), 7)
            make_snapshot(folder / "home", size, lambda _: None)
            home = folder / "home"
        place = _started(folder, stack)
        snapshot = (home / "qa.duckdb").resolve()
        held_back = _fill(place, snapshot, folder, say)
        _ask_both(home, say)
        _write(place, snapshot, held_back, folder, say)
        return True


def _started(folder: Path, stack: ExitStack) -> LakePlace:
    """Servers for a lake, and the environment that names it."""
    database = servers.postgres(folder / "postgres", servers.free_port())
    database.start()
    stack.callback(database.stop)
    endpoint = os.environ.get("QA_BUCKET_ENDPOINT")
    if endpoint is None:
        store = servers.s3(folder / "s3", servers.free_port())
        store.server.start()
        stack.callback(store.server.stop)
        store.make_bucket(BUCKET)
        endpoint = store.url
        os.environ |= {"AWS_ACCESS_KEY_ID": servers.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY}
    place = LakePlace(BucketUrl("s3", BUCKET, f"benchmark-{os.getpid()}"), endpoint, database.url)
    os.environ |= {
        "QA_LAKE": str(place.bucket),
        "QA_OPERATIONS_URL": place.catalog_url,
        "QA_BUCKET_ENDPOINT": endpoint,
        "QA_TIMEZONE": "UTC",
    }
    return place


def _fill(place: LakePlace, snapshot: Path, folder: Path, say: Callable[[str], None]) -> list[dt.date]:
    """All days but the newest, as files of months; returns the newest, in their order."""
    began = _now()
    with empty_database() as connection:
        spare_memory(connection, folder)
        attach(connection, place)
        bring_up_to_date(connection, place)
        connection.execute(f"attach '{snapshot}' as old (read_only)")
        days = [
            day for (day,) in _rows(connection, "select distinct call_date from old.calls order by all desc") if day
        ]
        held_back = sorted(days[:HELD_BACK])
        until, known, keys = held_back[0], _tables_of(connection), {**primary_keys(), KEYS: ["key"]}
        months = sorted({day.replace(day=1) for day in days if day < until})
        for table in [name for name in PUBLISHED_TABLES if name in known]:
            chosen = ", ".join(f'"{name}"' for name, _ in todays_tables()[table] if name in known[table])
            order = ", ".join(dict.fromkeys(["call_date", *keys.get(table, [])]))
            select = f"select {chosen} from old.{table} where call_date < '{until}'"
            for month in months:
                of_month = f"{select} and date_trunc('month', call_date) = date '{month}' order by {order}"
                connection.execute(f"insert into {LAKE}.{table} by name {of_month}")
            counted = f"select call_date, '{table}' as table_name, count(*) as rows, 'x' as digest from old.{table}"
            connection.execute(f"insert into {LAKE}.{DAYS} by name {counted} where call_date < '{until}' group by all")
        for name, table in (("call ' || call_id", "calls"), ("recording ' || recording_id", "call_channels")):
            hashed = f"select distinct call_date, md5_number_lower('{name}) as key from old.{table}"
            connection.execute(f"insert into {LAKE}.{KEYS} by name {hashed} where call_date < '{until}' order by all")
        connection.execute(f"insert into {LAKE}.{PUBLICATION} by name from old.{PUBLICATION}")
        [(sentences,)] = _rows(connection, f"select count(*) from {LAKE}.sentences")
        listed = "select count(*), coalesce(sum(data_file_size_bytes), 0) from ducklake_list_files"
        files = [_rows(connection, f"{listed}('{LAKE}', '{table}')")[0] for table in PUBLISHED_TABLES]
    say(
        f"lake: {sentences:,} sentences in {sum(row[0] for row in files)} files of "
        f"{sum(row[1] for row in files) / 2**20:,.0f} MiB, filled in {_now() - began:,.0f} s; the local file has "
        f"{snapshot.stat().st_size / 2**20:,.0f} MiB"
    )
    return held_back


def _ask_both(home: Path, say: Callable[[str], None]) -> None:
    """Prints seconds of the questions of each page, of the local file, of the lake, and their ratio."""
    settings = load_settings()
    heads = "".join(f"{f'{where}: first':>13}{'p50':>8}{'p95':>8}" for where in ("local", "lake"))
    say(f"{'questions of a page, s':28}{heads}{'÷':>7}")
    for page, asked in questions_of_pages(home).items():
        with open_newest(home / "qa.duckdb", "UTC") as local:
            here = _asked(local, asked)
        began = _now()
        with open_published(settings, alone=True) as shared:
            opening = _now() - began
            there = _asked(shared, asked)
        figures = [f"{here[0]:13.2f}{_at(here[1:], 0.5):8.2f}{_at(here[1:], 0.95):8.2f}"]
        figures += [f"{there[0] + opening:13.2f}{_at(there[1:], 0.5):8.2f}{_at(there[1:], 0.95):8.2f}"]
        say(f"{page:28}{''.join(figures)}{_at(there[1:], 0.5) / _at(here[1:], 0.5):7.1f}")


def _asked(snapshot: Snapshot, asked: Sequence[Asked]) -> list[float]:
    """Seconds of the questions one after the other, in each round; in the first, nothing is warm."""
    times = []
    for _ in range(1 + ROUNDS):
        began = _now()
        for query in asked:
            with snapshot.cursor() as cursor:
                cursor.execute(query.sql, query.values or None).fetchall()
        times.append(_now() - began)
    return times


def _write(place: LakePlace, snapshot: Path, days: Sequence[dt.date], folder: Path, say: Callable[[str], None]) -> None:
    homes = {day: _day_home(snapshot, day, folder / f"day-{day}") for day in days}
    alone = [_publish(place, homes[day], day) for day in days[:WRITERS]]
    again = [_publish(place, homes[day], day) for day in days[:WRITERS]]
    say(f"a new day is published in {_figures(alone)}; again, unchanged, in {_figures(again)}")
    began = _now()
    chosen = days[WRITERS:]
    processes = [subprocess.Popen(_publisher(homes[day], day), cwd=ROOT) for day in chosen]
    if any(process.wait() for process in processes):
        raise ChildFailed("a writer could not publish its day")
    say(f"{len(chosen)} writers of a day each at once: {_now() - began:.1f} s")
    took = _timed(lambda: tidy_lake(place, everything=True, kept_for=dt.timedelta()))
    say(f"upkeep of all months that have more than one file: {took.wall_s:.1f} s, {took.cpu_s:.1f} CPU s")
    with open_published(load_settings(), alone=True) as shared:
        [(twice,)] = shared.tuples("select count(*) - count(distinct call_id) from calls")
        [(there,)] = shared.tuples("select count(distinct call_date) from calls where call_date >= $d", {"d": days[0]})
    say(f"calls twice: {twice}; days of these that are there: {there} of {len(days)}")


def _day_home(snapshot: Path, day: dt.date, home: Path) -> Path:
    """A working database with one day of the snapshot."""
    home.mkdir()
    with Warehouse(home / "warehouse.duckdb").transaction() as connection:
        connection.execute(f"attach '{snapshot}' as old (read_only)")
        known, own = _tables_of(connection), table_columns(connection)
        for table in FACT_TABLES:
            if table in known:
                chosen = ", ".join(f'"{name}"' for name, _ in own[table] if name in known[table])
                connection.execute(
                    f"insert into {table} by name select {chosen} from old.{table} where call_date = ?", [day]
                )
    return home


def _publish(place: LakePlace, home: Path, day: dt.date) -> Took:
    return _timed(lambda: publish_to_lake(place, home / "warehouse.duckdb", [day], NOTE, minimum_n=5))


def _publisher(home: Path, day: dt.date) -> list[str]:
    return [sys.executable, "-m", "benchmarks.lake", str(home), str(day)]


def _tables_of(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    select = "select table_name, column_name from duckdb_columns() where database_name = 'old' and schema_name = 'main'"
    for table, column in _rows(connection, select):
        found.setdefault(table, set()).add(column)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def _timed(work: Callable[[], object]) -> Took:
    began, used = _now(), time.process_time()
    work()
    return Took(_now() - began, time.process_time() - used)


def _figures(took: Sequence[Took]) -> str:
    return f"{median(each.wall_s for each in took):.1f} s, {median(each.cpu_s for each in took):.1f} CPU s"


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _now() -> float:
    return time.perf_counter()


if __name__ == "__main__":
    from qa_pipeline.lake.place import lake_to_write

    chosen_home, chosen_day = Path(sys.argv[1]), dt.date.fromisoformat(sys.argv[2])
    _publish(lake_to_write(load_settings()), chosen_home, chosen_day)
