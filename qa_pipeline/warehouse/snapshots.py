"""Published snapshots: small immutable DuckDB files over shared immutable parts, and the link to the newest.

A publish writes parts with the days of its run from the working database, and a new snapshot whose views show these
and, of all other days, the parts of the snapshot before. Then it moves the link in one step. So a reader sees each day
whole or as it was before, whatever other runs are doing, and what it has open never changes under it. What a snapshot
costs is what its days cost, however many lie there already. Nothing is read from a snapshot's database, only from its
manifest and parts: what somebody does to it stays in it, and one that somebody has open keeps nobody from publishing.

Nothing that is pointed at may be missing after a power cut. So the order is: the bytes of each part, the names of the
parts, the bytes of manifest and snapshot, their names, the link, its name. Only then is anything removed.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import exclusive_lock
from qa_pipeline.warehouse.day_parts import DayParts, PartRows
from qa_pipeline.warehouse.held import Say, Waiting, say_nothing, when_closed
from qa_pipeline.warehouse.manifest_changes import (
    fold_again,
    merge_parts,
    replace_days,
    replace_late_rows,
    replace_whole_tables,
)
from qa_pipeline.warehouse.marks import keep_mark
from qa_pipeline.warehouse.parts import (
    PARTS,
    Manifest,
    Published,
    read_manifest,
    sync_file,
    sync_folder,
    without_days,
    write_manifest,
)
from qa_pipeline.warehouse.pruning import SNAPSHOTS, prune_parts, prune_snapshots, remove_leftovers
from qa_pipeline.warehouse.published_so_far import current_snapshot, published_so_far, remove_earlier_database
from qa_pipeline.warehouse.snapshot_file import write_snapshot_file

PUBLISH_WAIT_S = 600.0
NOBODY_WRITES = 0o444
KEPT_PUBLICATIONS = 1000
"""Rows of `publication` that are kept, so that a snapshot's own file does not grow for ever."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publish made: the file, the bytes of it and of all its parts, and the rows of its days by table."""

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

    Where there is no snapshot yet, or parts of it are lost, every other day that is loaded in full is published with
    them. The daily marts are made anew from the published rows (`minimum_n` is the setting), of other days too where a
    call has left them, so that they always agree with the calls beside them. `say` is told at once when another
    program has the working database open, and of the progress where an earlier version's home is converted.
    The caller holds the warehouse for itself (Dagster pool `warehouse` and the transaction lock).

    Raises:
        WarehouseBusy: that program did not close it in time.
        WarehouseUnusable: the working database has rows twice.
    """
    folder = link.parent.resolve() / "published"
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    waiting = Waiting(PUBLISH_WAIT_S, say)
    with (
        exclusive_lock(link.parent / "publish.lock", PUBLISH_WAIT_S),
        exclusive_lock(warehouse_path.with_suffix(".lock"), PUBLISH_WAIT_S),
    ):
        remove_leftovers(folder)
        published = published_so_far(link, folder, minimum_n, waiting)
        if not published.is_complete:
            days = sorted({*days, *days_loaded_in_full(warehouse_path, waiting)})
        opened = when_closed(
            warehouse_path,
            waiting,
            lambda: DayParts(folder / PARTS, PartRows(folder / PARTS, published.manifest), warehouse_path, minimum_n),
        )
        dated = published.manifest.dated_parts()
        with opened as day_parts:
            rows = replace_days(day_parts, published.manifest, days)
            rows |= replace_whole_tables(day_parts, published.manifest)
            replace_late_rows(day_parts, published.manifest, days)
            fold_again(day_parts, published.manifest, say)
            if published.manifest.dated_parts() != dated:  # else a day with nothing new would pay for the days before
                merge_parts(day_parts, published.manifest)
        shutil.rmtree(folder / PARTS / ".spill", ignore_errors=True)
        now = Published(dt.datetime.now(dt.UTC), note.run_id, list(days), note.engine, note.pipeline_version)
        published.manifest.publications = [*published.manifest.publications, now][-KEPT_PUBLICATIONS:]
        target = _write(folder, published.manifest)
        _point(link, target)
        keep_mark(folder, target)
        remove_earlier_database(link)
        prune_snapshots(folder, keep, target)
        prune_parts(folder)
    parts = [part for parts in published.manifest.parts.values() for part in parts]
    return Publication(target, target.stat().st_size + sum(part.size_bytes for part in parts), rows)


def begin_publish(link: Path, folder: Path, minimum_n: int, waiting: Waiting) -> Manifest:
    """What is published so far, in today's form, to be changed and shown by `show_snapshot`. The caller holds the locks
    of a publish."""
    return published_so_far(link, folder, minimum_n, waiting).manifest


def show_snapshot(link: Path, folder: Path, manifest: Manifest) -> Path:
    """Writes the snapshot of a manifest and moves the link to it; returns its path."""
    target = _write(folder, manifest)
    _point(link, target)
    remove_earlier_database(link)
    return target


def forget_days(link: Path, days: Collection[dt.date], *, keep: int) -> Path | None:
    """Publishes a snapshot without these days, for retention; its path, or None where it would be the same.

    The rows are gone from the disk when no snapshot is kept any more that shows them. The one that was the newest until
    now always stays, for `pruning.KEEP_AT_LEAST_S` seconds at least: a reader may be about to open it. So call
    `remove_earlier_snapshots` after that time, with `keep` = 1 to keep no other. The caller holds the warehouse, from
    which a later publish would bring back days that are still in it.
    """
    folder = link.parent.resolve() / "published"
    with exclusive_lock(link.parent / "publish.lock", PUBLISH_WAIT_S):
        current = current_snapshot(link)
        manifest = read_manifest(current) if current else None
        if current is None or manifest is None or manifest.days().isdisjoint(days):
            return None
        remove_leftovers(folder)
        for table, parts in manifest.parts.items():
            kept = [without_days(folder / PARTS, table, part, days) for part in parts]
            manifest.parts[table] = [part for part in kept if part]
        target = _write(folder, manifest)
        _point(link, target)
        keep_mark(folder, target)
        prune_snapshots(folder, keep, target)
        prune_parts(folder)
    return target


def remove_earlier_snapshots(link: Path, *, keep: int) -> int:
    """Removes all but the newest `keep` snapshots, and parts that only these had, as publishes do; says how many of
    them are there still, because somebody reads them or they were the newest a short while ago."""
    folder = link.parent.resolve() / "published"
    with exclusive_lock(link.parent / "publish.lock", PUBLISH_WAIT_S):
        if (current := current_snapshot(link)) is None:
            return 0
        prune_snapshots(folder, keep, current)
        prune_parts(folder)
        return max(0, len(list(folder.glob(SNAPSHOTS))) - keep)


def days_loaded_in_full(warehouse_path: Path, waiting: Waiting) -> list[dt.date]:
    """Days without a pending call whose labelled sentences are all counted: no run is in the middle of them."""
    opened = when_closed(warehouse_path, waiting, lambda: duckdb.connect(str(warehouse_path), read_only=True))
    with opened as connection:
        rows = connection.execute(read_sql("marts/days_loaded_in_full.sql")).fetchall()
    return [day for (day,) in rows]


def days_with_calls(warehouse_path: Path, waiting: Waiting) -> int:
    """How many days have calls, also in the database of an earlier version, which stays as it is."""
    opened = when_closed(warehouse_path, waiting, lambda: duckdb.connect(str(warehouse_path), read_only=True))
    with opened as connection:
        found = connection.execute("select count(distinct call_date) from calls").fetchone()
    return found[0] if found else 0


def _write(folder: Path, manifest: Manifest) -> Path:
    """A new snapshot: on the disk with all that it needs, and nobody's to change, before it has its name."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = folder / f"qa-{stamp}.duckdb"
    for table in manifest.parts:
        if (folder / PARTS / table).is_dir():
            sync_folder(folder / PARTS / table)
    write_manifest(target, manifest)
    sync_folder(folder / PARTS)
    building = folder / f".{target.name}.building"
    write_snapshot_file(building, folder / PARTS, manifest)
    sync_file(building)
    building.chmod(building.stat().st_mode & NOBODY_WRITES)
    building.replace(target)
    sync_folder(folder)
    sync_folder(folder.parent)
    return target


def _point(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(target.parent.name, target.name))
    temporary.replace(link)
    sync_folder(link.parent)
