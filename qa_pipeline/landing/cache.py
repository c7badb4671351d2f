"""What was found in a file of the landing zone once, so that a rerun need not hash and read it again.

A file is the same while its path, size and modification time are. The cache is a convenience: losing it costs time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from qa_pipeline.ledger.tables import landing_files

Stamp = tuple[str, int, int]
"""The file's URI, its size in bytes, its modification time in ns."""

CHUNK = 500


@dataclass(frozen=True, slots=True)
class CachedFile:
    """The SHA-256 of a recording or transcript, and what reading it gave.

    For a recording, `facts` holds the fields of its probe or the fault found; for a transcript, what it depends on and
    the engines by channel.
    """

    sha256: str
    facts: dict[str, Any]


class LandingCache:
    """The `landing_files` table of the operations database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fresh: dict[Stamp, CachedFile] = {}

    def get(self, stamp: Stamp | None) -> CachedFile | None:
        """What is remembered of a file; None where it was never read, or has changed since. Reads the table once."""
        return self._known.get(stamp) if stamp is not None else None

    def add(self, stamp: Stamp, found: CachedFile) -> None:
        """Takes what was found of a file, for `save`."""
        self._fresh[stamp] = found

    def save(self) -> None:
        """Writes what was added since, in place of what was known of the same paths."""
        rows = [
            {
                "path": path,
                "size_bytes": size,
                "mtime_ns": str(mtime),
                "recording_id": item.sha256,
                "probe": item.facts,
            }
            for (path, size, mtime), item in self._fresh.items()
        ]
        with self._engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start : start + CHUNK]
                paths = [row["path"] for row in chunk]
                connection.execute(delete(landing_files).where(landing_files.c.path.in_(paths)))
                connection.execute(insert(landing_files), chunk)
        self._fresh.clear()

    def identity_of(self, stamp: Stamp) -> str | None:
        """The recording that was found under this stamp; None where it was never looked at, or has changed since."""
        path, size, mtime = stamp
        same = (
            landing_files.c.path == path,
            landing_files.c.size_bytes == size,
            landing_files.c.mtime_ns == str(mtime),
        )
        with self._engine.connect() as connection:
            return connection.execute(select(landing_files.c.recording_id).where(*same)).scalar_one_or_none()

    @cached_property
    def _known(self) -> dict[Stamp, CachedFile]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(landing_files)).mappings()
            return {
                (row["path"], row["size_bytes"], int(row["mtime_ns"])): CachedFile(row["recording_id"], row["probe"])
                for row in rows
            }
