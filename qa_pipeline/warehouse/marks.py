"""What each snapshot was like when it was published, so that one that somebody has changed can be named.

A mark is size, time of change, and the SHA-256 of the file's head. DuckDB writes the head with every checkpoint, so
whoever changes a snapshot with a database program changes it too; to read the whole file would make each publish
take twice as long. A copied folder has other times and the same heads.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

MARKS_FILE = "snapshots.json"
HEAD_BYTES = 3 * 4096
"""DuckDB's main header and its two database headers, the newer of which counts checkpoints."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a snapshot was when it was published."""

    size_bytes: int
    mtime_ns: int
    head_sha256: str


def mark_of(snapshot: Path) -> Mark:
    """The mark of a file as it is now."""
    found = snapshot.stat()
    with snapshot.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return Mark(found.st_size, found.st_mtime_ns, hashlib.sha256(head).hexdigest())


def keep_mark(folder: Path, snapshot: Path) -> None:
    """Notes a new snapshot of `folder`, in the file beside that folder, and drops those that are gone."""
    marks = {name: mark for name, mark in read_marks(folder).items() if (folder / name).exists()}
    marks[snapshot.name] = mark_of(snapshot)
    target = folder.parent / MARKS_FILE
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_text(json.dumps({name: asdict(mark) for name, mark in marks.items()}, indent=1), encoding="utf-8")
    temporary.replace(target)


def read_marks(folder: Path) -> dict[str, Mark]:
    """The marks of the snapshots in `folder` by name; one of an earlier version has none."""
    try:
        rows = json.loads((folder.parent / MARKS_FILE).read_text(encoding="utf-8"))
        return {str(name): Mark(**row) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def changed_snapshots(folder: Path) -> list[Path]:
    """The snapshots of `folder` that are not what was published, oldest first."""
    return [folder / name for name, mark in sorted(read_marks(folder).items()) if _is_changed(folder / name, mark)]


def _is_changed(snapshot: Path, mark: Mark) -> bool:
    try:
        now = mark_of(snapshot)
    except FileNotFoundError:
        return False  # pruned
    if Path(f"{snapshot}.wal").exists():  # written by somebody who has not closed it, or was killed
        return True
    return now.size_bytes != mark.size_bytes or now.head_sha256 != mark.head_sha256
