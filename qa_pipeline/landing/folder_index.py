"""What is known of each folder of the landing zone, so that a run need not read all of them again.

The index is made of the landing zone alone and says nothing of what was done about it: losing it costs one look at
everything. What a folder was read with (settings, the code that reads) is part of it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, delete, select

from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.tables import landing_contents, landing_folders
from qa_pipeline.ledger.writing import put_rows

CHUNK = 200
UNDATED = ""
"""Stands for the day of a recording without one."""

Keys = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """A folder, as it was when it was listed and read last. Times are UTC epoch seconds, but for those in ns.

    `stamp` is the folder's own (inode, times of change), "" where it has none to be believed; `content` changes with
    every file in it, `day_fingerprints` by day (or `UNDATED`) with its recordings of the day and what is said of them;
    `fingerprint` with any of its recordings and its lists, as earlier versions compared it. `newest_ns` is the newest
    change of any file. `lists` are its lists of calls and `everywhere` those of them that are about every folder, each
    with its size and time of change. `above` changes with the lines of lists further up that are about its recordings,
    `lists_above` with these lists. `is_open` says that something in it was still being written.
    """

    stamp: str = ""
    listed_at: float = 0.0
    content: str = ""
    newest_ns: int = 0
    files: int = 0
    folders: tuple[str, ...] = ()
    lists: dict[str, str] = field(default_factory=dict)
    everywhere: tuple[str, ...] = ()
    definition: str = ""
    fingerprint: str | None = None
    day_fingerprints: dict[str, str] = field(default_factory=dict)
    read_at: float = 0.0
    lists_above: str = ""
    above: str = ""
    is_open: bool = False
    recordings: int = 0
    days: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    orphans: tuple[str, ...] = ()
    companions: int = 0
    list_notes: tuple[tuple[str, str | None], ...] = ()

    def as_text(self) -> str:
        """For the table; what is as in an empty folder is left out."""
        return json.dumps({key: value for key, value in asdict(self).items() if value != getattr(_EMPTY, key)})

    @classmethod
    def of_text(cls, text: str) -> FolderFacts | None:
        """What `as_text` wrote; None of what another version wrote otherwise."""
        try:
            found = json.loads(text)
            for key in ("folders", "everywhere", "days", "undated", "orphans"):
                if key in found:
                    found[key] = tuple(found[key])
            for key in ("ignored", "list_notes"):
                if key in found:
                    found[key] = tuple((first, second) for first, second in found[key])
            return cls(**found)
        except (ValueError, TypeError, AttributeError):
            return None


_EMPTY = FolderFacts()


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The recordings of a folder: the day (ISO, or `UNDATED`) of each by its name; keys of ids and of names, sorted."""

    days: dict[str, str]
    ids: Keys
    keys: Keys | None = None


class FolderIndex:
    """The tables `landing_folders` and `landing_contents` of the operations database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def folders(self, root: str) -> dict[str, FolderFacts]:
        """What is known of the folder with the URI `root` and of all below it, by URI."""
        folder = landing_folders.c.folder
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(folder, landing_folders.c.facts).where(
                    (folder == root) | folder.startswith(f"{root}/", autoescape=True)
                )
            ).fetchall()
        return {uri: facts for uri, text in rows if (facts := FolderFacts.of_text(text)) is not None}

    def days(self, folders: Iterable[str]) -> dict[str, dict[str, str]]:
        """The day of each recording by its name, by folder."""
        return {uri: json.loads(zlib.decompress(packed)) for uri, packed in self._column("days", folders)}

    def ids(self, folders: Iterable[str]) -> dict[str, Keys]:
        """The keys of ids, by folder."""
        return {uri: np.frombuffer(packed, np.uint32) for uri, packed in self._column("ids", folders)}

    def keys(self, folders: Iterable[str]) -> dict[str, Keys]:
        """The keys of names and ids, by folder; those of which they are not known are left out."""
        found = self._column("keys", folders)
        return {uri: np.frombuffer(packed, np.uint32) for uri, packed in found if packed is not None}

    def _column(self, name: str, folders: Iterable[str]) -> list[tuple[str, Any]]:
        wanted = sorted(folders)
        found: list[Any] = []
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), CHUNK):
                chosen = landing_contents.c.folder.in_(wanted[start : start + CHUNK])
                found += connection.execute(
                    select(landing_contents.c.folder, landing_contents.c[name]).where(chosen)
                ).fetchall()
        return [(uri, value) for uri, value in found]

    def save(self, facts: Mapping[str, FolderFacts], contents: Mapping[str, FolderContents]) -> None:
        """Writes what was found of folders, by URI, in place of what was known of them."""
        if not facts:
            return
        rows = [{"folder": uri, "facts": known.as_text()} for uri, known in facts.items()]
        packed = [
            {
                "folder": uri,
                "days": zlib.compress(json.dumps(found.days, separators=(",", ":")).encode(), 6),
                "ids": found.ids.tobytes(),
                "keys": None if found.keys is None else found.keys.tobytes(),
            }
            for uri, found in contents.items()
        ]
        outlast(partial(self._put, rows, packed))

    def _put(self, facts: Sequence[Mapping[str, Any]], contents: Sequence[Mapping[str, Any]]) -> None:
        with self._engine.begin() as connection:
            put_rows(connection, landing_folders, facts)
            put_rows(connection, landing_contents, contents)

    def forget(self, folders: Collection[str]) -> None:
        """Takes away what is known of folders that are gone."""
        gone = sorted(folders)
        with self._engine.begin() as connection:
            for start in range(0, len(gone), CHUNK):
                for table in (landing_folders, landing_contents):
                    connection.execute(delete(table).where(table.c.folder.in_(gone[start : start + CHUNK])))


def keys_of(texts: Iterable[str]) -> Keys:
    """What stands for names or ids in the index, sorted: two may share one, which costs a look at most."""
    return np.array(sorted({key_of(text) for text in texts}), np.uint32)


def key_of(text: str) -> int:
    """What stands for a name or id in the index."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=4).digest())
