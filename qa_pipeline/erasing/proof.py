"""The proof that nothing is left: every file below QA_HOME is opened by its own reader and searched.

What it says holds no personal data: places are folders of QA_HOME, and kinds of what was found stand for it.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from qa_pipeline.erasing.needles import Needles, unescaped
from qa_pipeline.erasing.opening import Content, reader_of
from qa_pipeline.warehouse.held import WarehouseUnusable

TOP = "QA_HOME"
UNREADABLE = (
    OSError, EOFError, sqlite3.Error, WarehouseUnusable, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
    pa.ArrowException,
)  # fmt: skip


@dataclass(slots=True)
class Looked:
    """Files of one place that one reader opened, and in how many of them something was found."""

    place: str
    reader: str
    files: int = 0
    size_bytes: int = 0
    found: int = 0


@dataclass(slots=True)
class Proof:
    """What was opened, and what is in the way: `faults` name a file below QA_HOME and what was found in it, or why it
    could not be opened."""

    looked: dict[tuple[str, str], Looked] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether everything was opened and nothing found."""
        return not self.faults

    def rows(self) -> list[Looked]:
        """By place and reader."""
        return [self.looked[key] for key in sorted(self.looked)]

    def as_json(self) -> list[dict[str, Any]]:
        """To be kept."""
        return [asdict(row) for row in self.rows()]


def prove(home: Path, needles: Needles, recording_ids: Collection[str], *, passed_over: Collection[Path]) -> Proof:
    """Searches every file below `home` but those that are, or lie in, `passed_over`: what belongs to the user, and the
    plan of the erasure. `recording_ids` are SHA-256 of files that may not be there, in hexadecimal digits."""
    proof = Proof()
    with tempfile.TemporaryDirectory(prefix="qa-proof-") as scratch:
        for path in _files(home, {each.absolute() for each in passed_over}):
            _look_at(proof, home, path, needles, frozenset(recording_ids), Path(scratch))
    return proof


def _files(folder: Path, passed_over: Collection[Path]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        path = Path(entry.path)
        if path.absolute() in passed_over:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, passed_over)
        elif entry.is_symlink() or entry.is_file():
            yield path


def _look_at(
    proof: Proof, home: Path, path: Path, needles: Needles, recording_ids: frozenset[str], scratch: Path
) -> None:
    relative = path.relative_to(home)
    found = {f"{kind} in its name" for kind in needles.in_text(relative.as_posix())}
    reader, size_bytes = "link", 0
    try:
        if path.is_symlink():
            found |= set(needles.in_text(str(path.readlink())))
        else:
            reader, read = reader_of(path)
            size_bytes = path.stat().st_size
            found |= _found_in(read(path, scratch), needles)
            found |= {"recording"} if _digest(path) in recording_ids else set()
    except FileNotFoundError:
        return  # gone since the folder was listed
    except UNREADABLE as error:
        said = getattr(error, "strerror", None) or str(error).splitlines()[0]
        proof.faults.append(f"{needles.without(relative.as_posix())} can't be opened: {needles.without(said)}")
    place = relative.parts[0] if len(relative.parts) > 1 else TOP
    row = proof.looked.setdefault((place, reader), Looked(place, reader))
    row.files += 1
    row.size_bytes += size_bytes
    row.found += bool(found)
    if found:
        proof.faults.append(f"{needles.without(relative.as_posix())} has {', '.join(sorted(found))}")


def _found_in(contents: Iterator[Content], needles: Needles) -> set[str]:
    found: set[str] = set()

    def texts() -> Iterator[str]:
        for content in contents:
            if isinstance(content, str):
                yield content
            else:
                found.update(_found_in_bytes(content, needles))

    found.update(needles.in_texts(texts()))
    return found


def _found_in_bytes(content: bytes, needles: Needles) -> set[str]:
    found = set(needles.in_bytes(content))
    if b"\\u" in content:
        found.update(needles.in_bytes(unescaped(content.decode("utf-8", "replace")).encode()))
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
