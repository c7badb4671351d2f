"""What was found in a file of the landing zone once, so that a rerun need not hash and read it again.

A file is the same while its path, size and modification time are. The cache is a convenience: losing it costs time. It
is kept, read and written folder by folder, compressed: a folder of a thousand recordings takes about 100 kB.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, and_, delete, select

from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.tables import landing_cache, landing_files
from qa_pipeline.ledger.tombstones import NO_TOMBSTONES, Tombstones
from qa_pipeline.ledger.writing import put_rows

Stamp = tuple[str, int, int]
"""The file's URI, its size in bytes, its modification time in ns."""

CHUNK = 500

_Kept: TypeAlias = dict[str, list[Any]]
"""By the last part of a file's URI: size, time of change, sha256, facts."""


@dataclass(frozen=True, slots=True)
class CachedFile:
    """The SHA-256 of a recording or transcript, and what reading it gave.

    For a recording, `facts` holds the fields of its probe or the fault found; for a transcript, what it depends on and
    the engines by channel.
    """

    sha256: str
    facts: dict[str, Any]


class LandingCache:
    """The table `landing_cache` of the operations database, and `landing_files` of an earlier version."""

    def __init__(self, engine: Engine, erased: Tombstones = NO_TOMBSTONES) -> None:
        """Nothing is remembered of what was `erased`."""
        self.engine = engine
        self.erased = erased
        self._folders: dict[str, _Kept] = {}
        self._fresh: dict[str, _Kept] = {}
        self._earlier: dict[str, list[str]] = {}

    def get(self, stamp: Stamp | None) -> CachedFile | None:
        """What is remembered of a file; None where it was never read, or has changed since. Reads a folder once."""
        if stamp is None:
            return None
        uri, size_bytes, changed_ns = stamp
        folder, _, name = uri.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = self._read(folder)
        size, changed, sha256, facts = self._folders[folder].get(name, _NOTHING)
        return CachedFile(sha256, facts) if (size, changed) == (size_bytes, changed_ns) else None

    def add(self, stamp: Stamp, found: CachedFile) -> None:
        """Takes what was found of a file, for `save`."""
        if self.erased.has_recording(found.sha256):
            return
        uri, size_bytes, changed_ns = stamp
        folder, _, name = uri.rpartition("/")
        self._fresh.setdefault(folder, {})[name] = [size_bytes, changed_ns, found.sha256, found.facts]

    def discard(self, uris: Iterable[str]) -> None:
        """Takes back what was found of these files and is not saved yet."""
        for uri in uris:
            folder, _, name = uri.rpartition("/")
            self._fresh.get(folder, {}).pop(name, None)

    def save(self) -> None:
        """Writes what was added since, in place of what was known of the same paths, and forgets what it has read."""
        for folder, fresh in self._fresh.items():
            outlast(partial(self._save, folder, fresh))
        self._fresh.clear()
        self._folders.clear()
        self._earlier.clear()

    def _save(self, folder: str, fresh: _Kept) -> None:
        with self.engine.begin() as connection:  # what another process has added in between stays
            put_rows(
                connection, landing_cache, [{"folder": folder, "files": _packed(_kept(connection, folder) | fresh)}]
            )
            if (paths := self._earlier.get(folder)) is not None:
                for start in range(0, len(paths), CHUNK):
                    chosen = landing_files.c.path.in_(paths[start : start + CHUNK])
                    connection.execute(delete(landing_files).where(chosen))

    def forget(self, folder: str, names: Iterable[str]) -> None:
        """Drops what is known of other files of a folder (its URI) than those of these names (last parts of URIs)."""
        there = set(names)
        kept = self._folders.get(folder, {})
        if not there.issuperset(kept):
            self._folders[folder] = left = {name: kept[name] for name in kept if name in there}
            with self.engine.begin() as connection:
                connection.execute(
                    landing_cache.update().where(landing_cache.c.folder == folder).values(files=_packed(left))
                )

    def identity_of(self, stamp: Stamp) -> str | None:
        """The recording that was found under this stamp; None where it was never looked at, or has changed since."""
        found = self.get(stamp)
        return found.sha256 if found else None

    def _read(self, folder: str) -> _Kept:
        with self.engine.connect() as connection:
            earlier, kept = _of_earlier_version(connection, folder), _kept(connection, folder)
        if earlier:  # to be written the new way with what is found now
            self._earlier[folder] = [f"{folder}/{name}" for name in earlier]
            self._fresh[folder] = earlier | kept | self._fresh.get(folder, {})
        return earlier | kept


_NOTHING: list[Any] = [None, None, "", {}]


def _kept(connection: Connection, folder: str) -> _Kept:
    packed = connection.execute(
        select(landing_cache.c.files).where(landing_cache.c.folder == folder)
    ).scalar_one_or_none()
    return json.loads(zlib.decompress(packed)) if packed else {}


def _packed(kept: _Kept) -> bytes:
    return zlib.compress(json.dumps(kept, separators=(",", ":")).encode(), 6)


def _of_earlier_version(connection: Connection, folder: str) -> _Kept:
    """What stands in the table of an earlier version of the files of a folder; not of those below it."""
    path = landing_files.c.path
    # "0" follows "/": SQLite looks the range up in its key, and others may sort otherwise
    is_sqlite = connection.dialect.name == "sqlite"
    inside = and_(path > f"{folder}/", path < f"{folder}0") if is_sqlite else path.startswith(f"{folder}/")
    rows = connection.execute(select(landing_files).where(inside)).mappings()

    found = {}
    for row in rows:
        name = row["path"][len(folder) + 1 :]
        if "/" not in name:
            found[name] = [row["size_bytes"], int(row["mtime_ns"]), row["recording_id"], row["probe"]]
    return found
