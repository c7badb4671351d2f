"""Takes calls out of what is published: the days that show them are made again of their own rows, and no earlier
snapshot stays, whoever has it open."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.warehouse.conversion import PUBLISHING
from qa_pipeline.warehouse.database import apply_schema, empty_database, exclusive_lock
from qa_pipeline.warehouse.day_parts import PUBLISHED_TABLES, DayParts, PartRows
from qa_pipeline.warehouse.erasing import ERASE_WAIT_S, ErasedCalls, conditions_on, values_of
from qa_pipeline.warehouse.held import Waiting, connect_for_writing, when_closed
from qa_pipeline.warehouse.manifest_changes import show_days
from qa_pipeline.warehouse.marks import keep_mark
from qa_pipeline.warehouse.merging import Merge
from qa_pipeline.warehouse.parts import PARTS, Day, Manifest, Part, manifest_path
from qa_pipeline.warehouse.pruning import SNAPSHOTS, prune_parts, remove_leftovers
from qa_pipeline.warehouse.published_so_far import current_snapshot
from qa_pipeline.warehouse.snapshot_file import table_columns
from qa_pipeline.warehouse.snapshots import begin_publish, show_snapshot


@dataclass(frozen=True, slots=True)
class SnapshotErasure:
    """The days that were made again, parts that were written again, and earlier snapshots that were removed."""

    days: tuple[Day, ...]
    parts: int
    snapshots: int


def erase_from_snapshots(
    warehouse_path: Path, link: Path, erased: ErasedCalls, *, minimum_n: int, waiting: Waiting
) -> SnapshotErasure | None:
    """Publishes what is published without these calls, and removes every earlier snapshot; None where nothing is.

    The working database is not asked, so a run that is in the middle of a day is not published by it. A program that
    has an earlier snapshot open keeps the file until it closes it, and no longer finds its parts.

    Raises:
        WarehouseBusy: somebody has the working database open.
    """
    return rewrite_days(
        warehouse_path,
        link,
        lambda day_parts, published, manifest: _make_days_again(day_parts, published, manifest, erased),
        minimum_n=minimum_n,
        waiting=waiting,
    )


def rewrite_days(
    warehouse_path: Path,
    link: Path,
    make: Callable[[DayParts, PartRows, Manifest], Sequence[Day]],
    *,
    minimum_n: int,
    waiting: Waiting,
) -> SnapshotErasure | None:
    """Publishes what is published with the days that `make` makes again, and leaves no byte of how they were: as
    `erase_from_snapshots` says."""
    folder = link.parent.resolve() / "published"
    with (
        exclusive_lock(link.parent / "publish.lock", ERASE_WAIT_S),
        exclusive_lock(warehouse_path.with_suffix(".lock"), ERASE_WAIT_S),
    ):
        if current_snapshot(link) is None and not (link.parent / PUBLISHING).exists():
            return None
        if not warehouse_path.exists():
            with connect_for_writing(warehouse_path) as connection:
                apply_schema(connection)
        remove_leftovers(folder)
        manifest = begin_publish(link, folder, minimum_n, waiting)
        opened = when_closed(
            warehouse_path,
            waiting,
            lambda: DayParts(folder / PARTS, PartRows(folder / PARTS, manifest), warehouse_path, minimum_n),
        )
        with opened as day_parts:
            days = make(day_parts, PartRows(folder / PARTS, manifest), manifest)
            written = _write_hidden_days_out(day_parts, manifest)
        shutil.rmtree(folder / PARTS / ".spill", ignore_errors=True)
        target = show_snapshot(link, folder, manifest)
        keep_mark(folder, target)
        removed = _remove_others(folder, target)
        keep_mark(folder, target)
    return SnapshotErasure(tuple(days), written, removed)


def _make_days_again(day_parts: DayParts, published: PartRows, manifest: Manifest, erased: ErasedCalls) -> list[Day]:
    days = list(_days_of(day_parts, published, erased))
    if days:
        day_parts.lose(erased.call_ids, erased.recording_ids)
        made: dict[str, dict[Day, Part]] = {}
        for day in days:
            for table, part in day_parts.of_left_day(day).items():
                made.setdefault(table, {})[day] = part
        show_days(day_parts, manifest, days, made)
    return days


def _days_of(day_parts: DayParts, published: PartRows, erased: ErasedCalls) -> Iterator[Day]:
    """Days under which anything of the calls is published."""
    found: set[Day] = set()
    with empty_database() as today:
        columns = table_columns(today)
    for table in PUBLISHED_TABLES:
        names = {name for name, _ in columns.get(table, ())}
        conditions = conditions_on(names, erased)
        select = published.select(table, None) if conditions else None
        if select is not None:
            where, values = " or ".join(conditions), values_of(conditions, erased)
            query = f"select distinct call_date from ({select}) where {where}"
            found |= {day for (day,) in day_parts.connection.execute(query, values).fetchall()}
    yield from sorted(found, key=lambda day: (day is None, day))


def _write_hidden_days_out(day_parts: DayParts, manifest: Manifest) -> int:
    """Parts that have rows which no view shows are written without them; returns how many."""
    count = 0
    for table, parts in manifest.parts.items():
        for part in [part for part in parts if part.hidden]:
            merge = Merge(table, (part,))
            merged = day_parts.merged(merge.table, merge.parts)
            manifest.parts[table] = [merged if each == part else each for each in manifest.parts[table]]
            count += 1
    return count


def _remove_others(folder: Path, target: Path) -> int:
    others = [snapshot for snapshot in folder.glob(SNAPSHOTS) if snapshot != target]
    for snapshot in others:
        for file in (snapshot, manifest_path(snapshot), snapshot.with_name(f"{snapshot.name}.wal")):
            file.unlink(missing_ok=True)
    prune_parts(folder)
    return len(others)
