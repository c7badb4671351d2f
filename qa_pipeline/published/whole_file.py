"""One DuckDB file with every row of what is published, to be sent away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qa_pipeline.published.snapshot import Snapshot, SnapshotFile
from qa_pipeline.warehouse.whole_file import rows_of, write_whole_file


def count_rows(snapshot: Snapshot) -> int:
    """How many rows the file will have; 0 where that is not known."""
    if isinstance(snapshot, SnapshotFile):
        return rows_of(snapshot.path) or 0
    return sum(count for table in snapshot.tables() for (count,) in snapshot.tuples(f"select count(*) from {table}"))


def write_whole(snapshot: Snapshot, target: Path, advance: Callable[[int], None]) -> None:
    """Writes the new file `target`; `advance` is told the rows of each step.

    Raises:
        WarehouseUnusable: a part of the snapshot is gone or damaged.
        LakeUnusable: the lake's catalog or store does not answer.
        OSError: the disk is full, or the file may not be written.
    """
    if isinstance(snapshot, SnapshotFile):
        write_whole_file(snapshot.path, target, advance)
        return
    from qa_pipeline.lake.whole_file import write_lake_to_file  # what it needs is an extra
    from qa_pipeline.published.lake_snapshot import LakeSnapshot

    assert isinstance(snapshot, LakeSnapshot)
    write_lake_to_file(snapshot.place, snapshot.version, target, advance)
