"""What was found in a recording once, so that a rerun need not hash and probe it again.

A file is the same while its path, size and modification time are. The cache is a convenience: losing it costs time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from qa_pipeline.ledger.tables import landing_files

Stamp = tuple[str, int, int]
"""The file's URI, its size in bytes, its modification time in ns."""

CHUNK = 500


@dataclass(frozen=True, slots=True)
class CachedFile:
    """The SHA-256 of a recording or transcript, and what reading it gave.

    Of a recording, `facts` holds the fields of its probe or the fault found; of a transcript, what it depends on and
    the engines by channel.
    """

    sha256: str
    facts: dict[str, Any]


class LandingCache:
    """The `landing_files` table of the operations database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def known(self) -> dict[Stamp, CachedFile]:
        """Everything remembered."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(landing_files)).mappings()
            return {
                (row["path"], row["size_bytes"], int(row["mtime_ns"])): CachedFile(row["recording_id"], row["probe"])
                for row in rows
            }

    def identity_of(self, stamp: Stamp) -> str | None:
        """The recording that was found under this stamp; None where it was never looked at, or has changed since."""
        path, size, mtime = stamp
        same = (
            landing_files.c.path == path,
            landing_files.c.size_bytes == size,
            landing_files.c.mtime_ns == str(mtime),
        )
        with self.engine.connect() as connection:
            return connection.execute(select(landing_files.c.recording_id).where(*same)).scalar_one_or_none()

    def remember(self, found: Mapping[Stamp, CachedFile]) -> None:
        """Adds what was found, in place of what was known of the same paths."""
        rows = [
            {
                "path": path,
                "size_bytes": size,
                "mtime_ns": str(mtime),
                "recording_id": item.sha256,
                "probe": item.facts,
            }
            for (path, size, mtime), item in found.items()
        ]
        with self.engine.begin() as connection:
            for chunk in _chunks(rows):
                paths = [row["path"] for row in chunk]
                connection.execute(delete(landing_files).where(landing_files.c.path.in_(paths)))
                connection.execute(insert(landing_files), chunk)


def _chunks(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
