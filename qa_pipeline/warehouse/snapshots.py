"""Published snapshots: immutable DuckDB files, and the link to the newest.

What is published is kept in a database of its own, `publishing.duckdb`, which nobody else opens. A publish replaces in
it the days that this run has loaded in full, from the working database, copies it, and moves the link to the copy in
one step. So a reader sees each day whole or as it was before, whatever other runs are doing, and the file it has open
never changes under it. No snapshot is made of another one: what somebody does to a snapshot stays in it, and a
snapshot that somebody has open for writing keeps nobody from publishing.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.daily import MARTS, VIEWS, days_without_marts, refill_mart
from qa_pipeline.warehouse.database import apply_schema, exclusive_lock
from qa_pipeline.warehouse.held import (
    Say,
    Waiting,
    WarehouseBusy,
    WarehouseUnusable,
    connect_waiting,
    say_nothing,
    when_closed,
)
from qa_pipeline.warehouse.marks import keep_mark
from qa_pipeline.warehouse.search_texts import refill_search_texts

FACT_TABLES = (
    "calls",
    "call_channels",
    "acoustics",
    "call_voices",
    "transcription_tasks",
    "transcripts",
    "sentences",
    "transcript_remarks",
    "languages",
    "emotions",
    "turns",
    "call_metrics",
    "agent_metrics",
)
"""Tables with a call_date, copied day by day."""

_WHOLE = {
    "calls": "status <> 'pending'",
    "call_channels": "call_id in (select call_id from warehouse.calls where status <> 'pending')",
}
"""What is published of a table besides the choice of days: no call that has not come to its end."""

KEEP_AT_LEAST_S = 600.0
"""A reader that has just read the link must still find the file: no snapshot younger than this is deleted."""

BLOAT_RATIO = 0.5
"""Above this share of free blocks the database of what is published is rewritten."""

PUBLISH_WAIT_S = 600.0
PUBLISHING = "publishing.duckdb"
NOBODY_WRITES = 0o444


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publish made: the file, its size, and the rows of the published days by table."""

    path: Path
    size_bytes: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """What the snapshot says of its own making."""

    run_id: str
    engine: str
    pipeline_version: str


def publish(
    warehouse_path: Path,
    link: Path,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    *,
    keep: int,
    minimum_n: int,
    say: Say = say_nothing,
) -> Publication:
    """Publishes `days` (and the undated quarantine) from the working database and moves `link` to the result.

    Where there is no snapshot yet, or none any more, every other day that is loaded in full is published with them.
    The daily marts are made anew from the published rows (`minimum_n` is the setting), of other days too where a
    call has left them, so that they always agree with the calls beside them. `say` is told at once when another
    program has the working database open.
    The caller holds the warehouse for itself (Dagster pool `warehouse` and the transaction lock).

    Raises:
        WarehouseBusy: that program did not close it in time.
    """
    folder = link.parent / "published"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = Waiting(PUBLISH_WAIT_S, say)
    with (
        exclusive_lock(link.parent / "publish.lock", PUBLISH_WAIT_S),
        exclusive_lock(warehouse_path.with_suffix(".lock"), PUBLISH_WAIT_S),
    ):
        _remove_leftovers(folder)
        base, is_begun = _base(link, waiting)
        if not is_begun or current_snapshot(link) is None:
            days = sorted({*days, *_days_loaded_in_full(warehouse_path, waiting)})
        rows = _replace_days(base, warehouse_path, days, note, minimum_n, waiting)
        if not is_begun:
            base = base.replace(link.parent / PUBLISHING)
        target = _copy(base, folder)
        _point(link, target)
        keep_mark(folder, target)
        _prune(folder, keep, target)
    return Publication(target, target.stat().st_size, rows)


def current_snapshot(link: Path) -> Path | None:
    """The real path of the newest snapshot, or None when nothing was published yet."""
    try:
        return link.resolve(strict=True)
    except FileNotFoundError:
        return None


def _base(link: Path, waiting: Waiting) -> tuple[Path, bool]:
    """The database of what is published, and whether it was there.

    Where it was not (the first publish, or an earlier version's home) it is begun under another name with what the
    newest snapshot has: days that the working database has lost are there only.
    """
    base = link.parent / PUBLISHING
    beginning = base.with_name(f".{PUBLISHING}.building")
    _remove(beginning)
    if base.exists() and (free := _free_share(base, waiting)) is not None:
        if free > BLOAT_RATIO:
            _rewrite(base, beginning)
            beginning.replace(base)
        return base, True
    _remove(base)
    previous = current_snapshot(link)
    if previous is not None:
        shutil.copyfile(previous, beginning)
        if _free_share(beginning, waiting) is None:
            _remove(beginning)
    return beginning, False


def _rewrite(base: Path, target: Path) -> None:
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{_quoted(base)}' as base (read_only)")
        database = connection.execute("select current_database()").fetchall()[0][0]
        connection.execute(f'copy from database base to "{database}"')


def _free_share(path: Path, waiting: Waiting) -> float | None:
    """The share of free blocks; None where the file is damaged."""
    try:
        with connect_waiting(path, waiting) as connection:  # for writing: what a killed publish left is taken in first
            row = connection.execute("select total_blocks, free_blocks from pragma_database_size()").fetchone()
    except (WarehouseUnusable, duckdb.Error) as error:
        if isinstance(error, WarehouseBusy) or not os.access(path, os.R_OK | os.W_OK):
            raise
        return None
    return row[1] / row[0] if row and row[0] else 0.0


def _copy(base: Path, folder: Path) -> Path:
    """A new snapshot: on the disk, and nobody's to change, before it has its name."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = folder / f"qa-{stamp}.duckdb"
    building = folder / f".{target.name}.building"
    shutil.copyfile(base, building)
    with building.open("rb") as file:
        os.fsync(file.fileno())
    building.chmod(building.stat().st_mode & NOBODY_WRITES)
    return building.replace(target)


def _replace_days(
    building: Path,
    warehouse_path: Path,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    minimum_n: int,
    waiting: Waiting,
) -> dict[str, int]:
    """Brings the days into the database of what is published, in one transaction; returns their rows by table."""
    rows: dict[str, int] = {}
    with duckdb.connect(str(building)) as connection:
        connection.execute("set timezone = 'UTC'")
        is_new_schema = apply_schema(connection)
        attach = f"attach '{_quoted(warehouse_path)}' as warehouse (read_only)"
        when_closed(warehouse_path, waiting, lambda: connection.execute(attach))
        connection.execute("begin transaction")
        if is_new_schema:
            apply_comments(connection)
        connection.execute(
            f"create temp table leaving as {read_sql('publish/find_leaving_calls.sql')}", {"days": list(days)}
        )
        left = [
            day
            for (day,) in connection.execute(read_sql("publish/find_days_left.sql"), {"days": list(days)}).fetchall()
        ]
        for table in FACT_TABLES:
            chosen = "(call_date is null or list_contains(?::date[], call_date))"
            connection.execute(f"delete from {table} where {chosen}", [list(days)])
            if table == "transcription_tasks":  # has recordings, not calls
                arriving = f"select recording_id from warehouse.{table} where {chosen}"
                connection.execute(f"delete from {table} where recording_id in ({arriving})", [list(days)])
            else:
                connection.execute(f"delete from {table} where call_id in (select call_id from leaving)")
            whole = _WHOLE.get(table, "true")
            rows[table] = _only_number(
                connection.execute(
                    f"insert into {table} by name select * from warehouse.{table} where {chosen} and {whole}",
                    [list(days)],
                )
            )
        rows |= _refill_marts(connection, {*days, *left}, minimum_n)
        rows["search_texts"] = refill_search_texts(connection, {*days, *left})
        connection.execute(
            "insert into publication values (now(), ?, ?, ?, ?)",
            [note.run_id, list(days), note.engine, note.pipeline_version],
        )
        connection.execute("commit")
        connection.execute("detach warehouse")
        connection.execute("checkpoint")
    return rows


def _refill_marts(connection: duckdb.DuckDBPyConnection, days: set[dt.date], minimum_n: int) -> dict[str, int]:
    chosen = sorted(days.union(days_without_marts(connection)))
    return {mart: refill_mart(connection, mart, chosen, minimum_n=minimum_n) for mart in MARTS if mart not in VIEWS}


def _days_loaded_in_full(warehouse_path: Path, waiting: Waiting) -> list[dt.date]:
    """Days without a pending call whose labelled sentences are all counted: no run is in the middle of them."""
    opened = when_closed(warehouse_path, waiting, lambda: duckdb.connect(str(warehouse_path), read_only=True))
    with opened as connection:
        rows = connection.execute(read_sql("marts/days_loaded_in_full.sql")).fetchall()
    return [day for (day,) in rows]


def _only_number(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0


def _point(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target.relative_to(link.parent))
    temporary.replace(link)


def _prune(folder: Path, keep: int, current: Path) -> None:
    snapshots = sorted(folder.glob("qa-*.duckdb"), reverse=True)
    for old in snapshots[keep:]:
        if old != current and time.time() - old.stat().st_mtime > KEEP_AT_LEAST_S:
            old.unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """A publish that was killed leaves its half-built file; nobody else builds while we hold the lock."""
    for leftover in folder.glob(".qa-*"):
        leftover.unlink(missing_ok=True)


def _remove(database: Path) -> None:
    """Deletes a database that nobody has open, and what it had not yet written into its file."""
    for path in (database, Path(f"{database}.wal")):
        path.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
