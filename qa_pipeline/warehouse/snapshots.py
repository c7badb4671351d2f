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
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import duckdb

from qa_pipeline.search.folding import FOLDING
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.conversion import PUBLISHING, convert_database, convert_parts, copy_of
from qa_pipeline.warehouse.database import empty_database, exclusive_lock
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES, SEARCH_TEXTS, DayParts, PartRows
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES, FACT_TABLES, LATE_TABLES, WHOLE_TABLES
from qa_pipeline.warehouse.held import Say, Waiting, say_nothing, when_closed
from qa_pipeline.warehouse.marks import keep_mark
from qa_pipeline.warehouse.merging import AT_ONCE_BYTES, affordable, merges
from qa_pipeline.warehouse.parts import (
    PARTS,
    Day,
    Manifest,
    Part,
    Published,
    manifest_path,
    read_manifest,
    sync_file,
    sync_folder,
    without_days,
    write_manifest,
)
from qa_pipeline.warehouse.pruning import SNAPSHOTS, prune_parts, prune_snapshots, remove_leftovers
from qa_pipeline.warehouse.snapshot_file import table_columns, write_snapshot_file

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


@dataclass(slots=True)
class _Published:
    """What is published so far."""

    manifest: Manifest
    is_complete: bool
    """Whether nothing is missing that was published once."""


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
        published = _published(link, folder, minimum_n, waiting)
        if not published.is_complete:
            days = sorted({*days, *days_loaded_in_full(warehouse_path, waiting)})
        opened = when_closed(
            warehouse_path,
            waiting,
            lambda: DayParts(folder / PARTS, PartRows(folder / PARTS, published.manifest), warehouse_path, minimum_n),
        )
        with opened as day_parts:
            rows = _replace_days(day_parts, published.manifest, days)
            rows |= _replace_whole_tables(day_parts, published.manifest)
            _replace_late_rows(day_parts, published.manifest, days)
            _fold_again(day_parts, published.manifest, say)
            _merge(day_parts, published.manifest)
        shutil.rmtree(folder / PARTS / ".spill", ignore_errors=True)
        now = Published(dt.datetime.now(dt.UTC), note.run_id, list(days), note.engine, note.pipeline_version)
        published.manifest.publications = [*published.manifest.publications, now][-KEPT_PUBLICATIONS:]
        target = _write(folder, published.manifest)
        _point(link, target)
        keep_mark(folder, target)
        _remove_earlier(link)
        prune_snapshots(folder, keep, target)
        prune_parts(folder)
    parts = [part for parts in published.manifest.parts.values() for part in parts]
    return Publication(target, target.stat().st_size + sum(part.size_bytes for part in parts), rows)


def begin_publish(link: Path, folder: Path, minimum_n: int, waiting: Waiting) -> Manifest:
    """What is published so far, in today's form, to be changed and shown by `show_snapshot`. The caller holds the locks
    of a publish."""
    return _published(link, folder, minimum_n, waiting).manifest


def show_days(
    day_parts: DayParts, manifest: Manifest, days: Sequence[Day], made: Mapping[str, Mapping[Day, Part]]
) -> None:
    """Puts the parts of whole days, by table, into a manifest; a table without one has no rows on that day."""
    for table in PUBLISHED_TABLES:
        manifest.parts[table] = _with_days(day_parts, manifest, table, days, dict(made.get(table, {})))


def show_snapshot(link: Path, folder: Path, manifest: Manifest) -> Path:
    """Writes the snapshot of a manifest and moves the link to it; returns its path."""
    target = _write(folder, manifest)
    _point(link, target)
    _remove_earlier(link)
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


def current_snapshot(link: Path) -> Path | None:
    """The real path of the newest snapshot, or None when nothing was published yet."""
    try:
        return link.resolve(strict=True)
    except FileNotFoundError:
        return None


@cache
def parts_schema() -> str:
    """JSON of a hash for each table that changes when its columns do, and one, under no name, that changes with what is
    done to tables of an earlier version."""
    with empty_database() as today:
        tables = {table: repr(own) for table, own in table_columns(today).items() if table in PUBLISHED_TABLES}
    tables[""] = read_sql("schema/099_earlier_versions.sql") + read_sql("publish/list_keys.sql")
    return json.dumps({name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in sorted(tables.items())})


def _is_of_other_tables(manifest: Manifest) -> bool:
    """Whether its parts have to be written anew: not where today's version merely has tables of facts besides."""
    try:
        known = json.loads(manifest.schema)
    except ValueError:
        return True  # of a version that hashed all tables in one
    return any(
        known.get(name) != own
        for name, own in json.loads(parts_schema()).items()
        if name not in FACT_TABLES or manifest.parts.get(name)
    )


def _published(link: Path, folder: Path, minimum_n: int, waiting: Waiting) -> _Published:
    """What is published so far, in today's form; begun with what an earlier version published."""
    current = current_snapshot(link)
    base, beginning = link.parent / PUBLISHING, link.parent / f".{PUBLISHING}.building"
    if (current is None and not base.exists()) or (current and manifest_path(current).exists()):
        known = [current] if current else []
        known += [folder / f"{path.stem}.duckdb" for path in sorted((folder / PARTS).glob("*.json"), reverse=True)]
        for snapshot in known:
            if (manifest := read_manifest(snapshot)) is not None:
                is_complete = not _drop_lost_parts(folder / PARTS, manifest) and snapshot == current
                if _is_of_other_tables(manifest):
                    waiting.say("what an earlier version published is written anew, once, with the columns of this one")
                    manifest = convert_parts(manifest, folder / PARTS, parts_schema(), minimum_n, waiting.say)
                manifest.schema = parts_schema()
                return _Published(manifest, is_complete)
        return _Published(Manifest(parts_schema(), FOLDING), is_complete=False)
    _remove(beginning)
    for source, is_complete in ((base, current is not None), (beginning, False)):
        if source == beginning and current is not None:
            copy_of(current, beginning)
        if source.exists():
            waiting.say("what an earlier version published is brought into its new form, once")
            if manifest := convert_database(source, folder / PARTS, parts_schema(), minimum_n, waiting):
                return _Published(manifest, is_complete)
    return _Published(Manifest(parts_schema(), FOLDING), is_complete=False)


def _drop_lost_parts(folder: Path, manifest: Manifest) -> set[str]:
    """Takes parts that are gone, or cut short, out of a manifest; returns their files."""
    lost = set()
    for table, parts in manifest.parts.items():
        sizes = {part.file: _size(folder / part.file) for part in parts}
        lost |= {part.file for part in parts if sizes[part.file] != part.size_bytes}
        manifest.parts[table] = [part for part in parts if part.file not in lost]
    return lost


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _replace_days(day_parts: DayParts, manifest: Manifest, days: Sequence[dt.date]) -> dict[str, int]:
    """Puts the days of the run, and those that they take calls from, into the manifest; returns the run's rows."""
    rows = dict.fromkeys((*FACT_TABLES, SEARCH_TEXTS), 0)
    left = day_parts.find_left_days(days)
    made: dict[str, dict[Day, Part]] = {}
    chosen: list[Day] = [None, *days, *left]
    for day in chosen:
        parts = day_parts.of_left_day(day) if day in left and day is not None else day_parts.of_run_day(day)
        for table, part in parts.items():
            made.setdefault(table, {})[day] = part
            if day not in left and table != KEYS:
                rows[table] = rows.get(table, 0) + part.rows
    show_days(day_parts, manifest, chosen, made)
    return rows


def _replace_whole_tables(day_parts: DayParts, manifest: Manifest) -> dict[str, int]:
    rows = {}
    for table in WHOLE_TABLES:
        part = day_parts.of_whole_table(table)
        manifest.parts[table] = [part] if part else []
        rows[table] = part.rows if part else 0
    return rows


def _replace_late_rows(day_parts: DayParts, manifest: Manifest, days: Sequence[dt.date]) -> None:
    """Outcomes and evaluations come, and change, days after their calls: those of other published days that did since
    the last publish are published with this one, and nothing else of these days."""
    since = manifest.publications[-1].published_at if manifest.publications else dt.datetime.min.replace(tzinfo=dt.UTC)
    known = manifest.days().difference(days)
    for table in LATE_TABLES:
        shown = {day for part in manifest.parts.get(table, []) for day in part.days if day in known}
        may_be_gone = shown if table in EVALUATION_TABLES else set()
        late = sorted(known.intersection(day_parts.late_days(table, since, may_be_gone)))
        made: dict[Day, Part] = {day: part for day in late if (part := day_parts.of_table_on(table, day))}
        manifest.parts[table] = _with_days(day_parts, manifest, table, late, made)


def _with_days(
    day_parts: DayParts, manifest: Manifest, table: str, days: Iterable[Day], made: dict[Day, Part]
) -> list[Part]:
    """A table's parts with `days` replaced, as far as they changed: in parts with other days they are hidden."""
    changed = {day for day in days if _is_changed(day_parts, manifest, table, day, made.get(day))}
    parts: list[Part] = []
    for part in manifest.parts.get(table, []):
        shown = tuple(day for day in part.days if day not in changed)
        if shown == part.days:
            parts.append(part)
        elif shown:
            hidden = (*part.hidden, *(day for day in part.days if day in changed))
            parts.append(replace(part, days=shown, hidden=hidden))
    return [*parts, *(part for day, part in made.items() if day in changed)]


def _is_changed(day_parts: DayParts, manifest: Manifest, table: str, day: Day, made: Part | None) -> bool:
    before = manifest.with_days(table, [day])
    if before == ([made] if made else []):
        return False
    return not before or made is None or not day_parts.is_same(table, day, made)


def _fold_again(day_parts: DayParts, manifest: Manifest, say: Say) -> None:
    """Texts for searches that were folded by other rules."""
    if manifest.folding == FOLDING:
        return
    say("the texts for searches are folded anew by this version's rules, once")
    folded = [day_parts.texts_of_day(day) for day in sorted(manifest.days())]
    manifest.parts[SEARCH_TEXTS] = [part for part in folded if part]
    manifest.folding = FOLDING


def _merge(day_parts: DayParts, manifest: Manifest) -> None:
    if not (days := manifest.days()):
        return
    wanted = [merge for table, parts in manifest.parts.items() for merge in merges(table, parts, max(days))]
    for merge in affordable(wanted, AT_ONCE_BYTES):
        merged = day_parts.merged(merge.table, merge.parts)
        manifest.parts[merge.table] = [part for part in manifest.parts[merge.table] if part not in merge.parts]
        manifest.parts[merge.table].append(merged)


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


def _remove_earlier(link: Path) -> None:
    """What an earlier version kept all published rows in; they are in parts now."""
    for database in (link.parent / PUBLISHING, link.parent / f".{PUBLISHING}.building"):
        _remove(database)


def _remove(database: Path) -> None:
    """Deletes a database that nobody has open, and what it had not yet written into its file."""
    for path in (database, Path(f"{database}.wal")):
        path.unlink(missing_ok=True)
