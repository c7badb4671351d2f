"""What is published so far, in today's form: without lost parts, and converted from what an earlier version left."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa_pipeline.search.folding import FOLDING
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.conversion import PUBLISHING, convert_database, convert_parts, copy_of
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import PUBLISHED_TABLES
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.held import Waiting
from qa_pipeline.warehouse.parts import PARTS, Manifest, manifest_path, read_manifest
from qa_pipeline.warehouse.snapshot_file import table_columns


@dataclass(slots=True)
class PublishedSoFar:
    """What is published so far."""

    manifest: Manifest
    is_complete: bool
    """Whether nothing is missing that was published once."""


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


def published_so_far(link: Path, folder: Path, minimum_n: int, waiting: Waiting) -> PublishedSoFar:
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
                return PublishedSoFar(manifest, is_complete)
        return PublishedSoFar(Manifest(parts_schema(), FOLDING), is_complete=False)
    _remove(beginning)
    for source, is_complete in ((base, current is not None), (beginning, False)):
        if source == beginning and current is not None:
            copy_of(current, beginning)
        if source.exists():
            waiting.say("what an earlier version published is brought into its new form, once")
            if manifest := convert_database(source, folder / PARTS, parts_schema(), minimum_n, waiting):
                return PublishedSoFar(manifest, is_complete)
    return PublishedSoFar(Manifest(parts_schema(), FOLDING), is_complete=False)


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


def remove_earlier_database(link: Path) -> None:
    """What an earlier version kept all published rows in; they are in parts now."""
    for database in (link.parent / PUBLISHING, link.parent / f".{PUBLISHING}.building"):
        _remove(database)


def _remove(database: Path) -> None:
    """Deletes a database that nobody has open, and what it had not yet written into its file."""
    for path in (database, Path(f"{database}.wal")):
        path.unlink(missing_ok=True)
