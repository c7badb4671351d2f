"""The Parquet files that snapshots are made of: which there are, what is in each, and how one is put on the disk.

A part holds the rows of some days of one table, sorted, and never changes; its name ends in the hash of its bytes, or
of what it was put together from. A manifest names the parts of one snapshot. Snapshots share the parts of days that did
not change between them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from qa_pipeline.warehouse.memory import give_back_in_step

PARTS = "parts"
"""The folder beside the snapshots."""

LAKE_STAGING = ".lake-staging"
"""Ends the name of the folder beside a working database in which the parts of a publish into a lake are made."""

BUILDING = ".building"
HASH_DIGITS = 16
ROW_GROUP_ROWS = 30_720
"""Small enough that one call's rows are a small read, large enough that a year's footers are."""

HASHED_AT_ONCE = 1 << 20

Day = dt.date | None
"""The day of a row; None where it has none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its path below the folder of parts, the days that it shows, and how many rows and bytes it has.

    `hidden` are days of which it has rows too that other parts have in a newer form, or nobody is to see any more.
    `unpacked_bytes` is what was compressed, 0 where an earlier version did not write that down.
    """

    file: str
    days: tuple[Day, ...]
    rows: int
    size_bytes: int
    hidden: tuple[Day, ...] = ()
    unpacked_bytes: int = 0


class Published(NamedTuple):
    """A row of the table `publication`."""

    published_at: dt.datetime
    run_id: str | None
    dates: list[dt.date]
    engine: str | None
    pipeline_version: str | None


@dataclass(slots=True)
class Manifest:
    """The parts of a snapshot by table, with the versions of the tables and of the folding of texts in them.

    `publications` are the rows of the table of that name.
    """

    schema: str
    folding: int
    parts: dict[str, list[Part]] = field(default_factory=dict)
    publications: list[Published] = field(default_factory=list)

    def days(self) -> set[dt.date]:
        """Days that any part has rows of."""
        return {day for parts in self.parts.values() for part in parts for day in part.days if day is not None}

    def files(self) -> set[str]:
        """The files of all parts."""
        return {part.file for parts in self.parts.values() for part in parts}

    def dated_parts(self) -> set[Part]:
        """Those that have rows of any day."""
        return {part for parts in self.parts.values() for part in parts if part.days != (None,)}

    def with_days(self, table: str, days: Iterable[Day]) -> list[Part]:
        """The parts of a table that have rows of any of these days."""
        wanted = set(days)
        return [part for part in self.parts.get(table, []) if not wanted.isdisjoint(part.days)]


_WIDE = {"acoustics": 4096, "search_texts": 8192, "transcripts": 8192}
"""Rows of a group, of tables whose rows have the outline of a sound or all that was said on a channel: a group is put
together in memory."""

_PACKING = {
    **dict.fromkeys(("acoustics", "sentences", "transcripts", "turns"), "zstd"),
    "search_texts": "uncompressed",
}
"""By table. What takes most of the room, and is hardly ever read whole, is packed with zstd. Texts that a search reads
as a whole are not packed: unpacking LZ4 takes a good part of a search (ADR 0018). All other tables are packed with LZ4:
questions over a year need up to a quarter less time than with zstd."""


def manifest_path(snapshot: Path) -> Path:
    """Where the manifest of a snapshot is; there is none beside a snapshot that has all its rows in it."""
    return snapshot.parent / PARTS / f"{snapshot.stem}.json"


def read_manifest(snapshot: Path) -> Manifest | None:
    """The manifest of a snapshot; None where there is none or it is damaged."""
    try:
        found = json.loads(manifest_path(snapshot).read_text(encoding="utf-8"))
        parts = {table: [_part(row) for row in rows] for table, rows in found["parts"].items()}
        return Manifest(found["schema"], found["folding"], parts, [_publication(row) for row in found["publications"]])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_manifest(snapshot: Path, manifest: Manifest) -> None:
    """Puts the manifest of a snapshot on the disk, under its name only when it is whole."""
    target = manifest_path(snapshot)
    text = json.dumps(
        {
            "schema": manifest.schema,
            "folding": manifest.folding,
            "publications": [row._asdict() for row in manifest.publications],
            "parts": {table: [asdict(part) for part in parts] for table, parts in sorted(manifest.parts.items())},
        },
        default=lambda moment: moment.isoformat(),
    )
    building = target.with_name(f"{BUILDING}-{target.name}")
    building.write_text(text, encoding="utf-8")
    sync_file(building)
    building.replace(target)


def _part(row: dict[str, Any]) -> Part:
    return Part(**row | {"days": _days(row["days"]), "hidden": _days(row["hidden"])})


def _days(texts: Sequence[str | None]) -> tuple[Day, ...]:
    return tuple(None if text is None else dt.date.fromisoformat(text) for text in texts)


def _publication(row: dict[str, Any]) -> Published:
    moment = dt.datetime.fromisoformat(row["published_at"])
    return Published(**row | {"published_at": moment, "dates": [dt.date.fromisoformat(day) for day in row["dates"]]})


def write_part(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, select: str, *, is_dated: bool = True
) -> Part | None:
    """Writes the answer to `select`, rows of `table` in their order, as a part; None where there are no rows.

    The file is on the disk before it has its name. One with the same bytes is not written twice. A table that is not
    `is_dated` has no days at all.
    """
    building = _building(folder, table)
    rows = _copy(connection, select, building, table)
    if not rows:
        building.unlink()
        return None
    days: tuple[Day, ...] = days_in(connection, building) if is_dated else (None,)
    return _named_part(
        folder, table, building, Part(_digest(building), days, rows, 0, (), _unpacked(connection, building))
    )


def write_merged_part(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, select: str, parts: Sequence[Part]
) -> Part:
    """Writes the rows that `parts` show, which `select` gives in their order, as one part. It is named for these, and
    so need not be read again."""
    building = _building(folder, table)
    with _one_thread(connection):
        rows = _copy(connection, select, building, table)
    days = sorted({day for part in parts for day in part.days}, key=lambda day: (day is None, day))
    told = [f"{part.file} without {part.hidden}" for part in parts] + [str(building.stat().st_size)]
    name = hashlib.sha256("\n".join(told).encode()).hexdigest()[:HASH_DIGITS]
    return _named_part(folder, table, building, Part(name, tuple(days), rows, 0, (), _unpacked(connection, building)))


def _building(folder: Path, table: str) -> Path:
    home = folder / table
    home.mkdir(parents=True, exist_ok=True)
    return home / f"{BUILDING}-{os.getpid()}.parquet"


def _copy(connection: duckdb.DuckDBPyConnection, select: str, target: Path, table: str) -> int:
    """Writes a Parquet file; returns the number of its rows."""
    packing, group_rows = _PACKING.get(table, "lz4_raw"), _WIDE.get(table, ROW_GROUP_ROWS)
    ((rows,),) = connection.execute(
        f"copy ({select}) to '{quoted(target)}' (format parquet, compression {packing}, row_group_size {group_rows})"
    ).fetchall()
    give_back_in_step(connection)
    return int(rows)


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Several would keep what they have read until it is their turn to write: in memory, and soon on the disk."""
    ((threads,),) = connection.execute("select current_setting('threads')").fetchall()
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute(f"set threads = {threads}")


def _unpacked(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    ((size,),) = connection.execute(
        f"select sum(total_uncompressed_size)::bigint from parquet_metadata('{quoted(file)}')"
    ).fetchall()
    return int(size)


def _named_part(folder: Path, table: str, building: Path, part: Part) -> Part:
    """Gives a file its name, which ends in what `part` has for one, unless there is a file of that name and size."""
    file = f"{table}/{_named(part.days)}-{part.file}.parquet"
    target = folder / file
    size_bytes = building.stat().st_size
    if target.exists() and target.stat().st_size == size_bytes:
        building.unlink()
    else:
        sync_file(building)
        building.chmod(building.stat().st_mode & 0o444)
        building.replace(target)
    return replace(part, file=file, size_bytes=size_bytes)


def days_in(connection: duckdb.DuckDBPyConnection, file: Path) -> tuple[Day, ...]:
    """The days that a part's file has rows of, in their order."""
    rows = connection.execute(
        f"select distinct call_date from read_parquet('{quoted(file)}') order by call_date"
    ).fetchall()
    return tuple(day for (day,) in rows)


def select_parts(parts: Sequence[Part], names: Callable[[Sequence[Part]], str], columns: str = "*") -> str:
    """A select of what parts show, at least one of them; `names` gives the list of their files as a SQL text."""
    whole = sorted((part for part in parts if not part.hidden), key=lambda part: str(part.days[0]))
    selects = [f"select {columns} from read_parquet({names(whole)})"] if whole else []
    for part in parts:
        if part.hidden:
            kept = ", ".join(f"date '{day}'" for day in part.hidden if day)
            selects.append(f"select {columns} from read_parquet({names([part])}) where call_date not in ({kept})")
    return " union all ".join(selects)


def without_days(folder: Path, table: str, part: Part, days: Collection[dt.date]) -> Part | None:
    """A part without its rows of these days and of hidden ones; None where none are left."""
    if not set(days).intersection(part.days) and not set(days).intersection(part.hidden):
        return part
    shown = select_parts([part], names_in(folder))
    gone = ", ".join(f"date '{day}'" for day in days)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return write_part(connection, folder, table, f"from ({shown}) where call_date not in ({gone})")


def names_in(folder: Path) -> Callable[[Sequence[Part]], str]:
    """For `select_parts`: the files by their full paths."""
    return lambda parts: "[" + ", ".join(f"'{quoted(folder / part.file)}'" for part in parts) + "]"


def sync_file(path: Path) -> None:
    """Waits until a file's bytes are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Waits until a folder's names are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def quoted(path: Path) -> str:
    """A path inside the quotes of a SQL text."""
    return str(path).replace("'", "''")


def _named(days: Sequence[Day]) -> str:
    first, last = days[0], days[-1]
    if first is None or last is None:
        return "undated"
    return f"{first}" if first == last else f"{first}_{last}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASHED_AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()[:HASH_DIGITS]
